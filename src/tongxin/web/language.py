"""In which language a process speaks to whoever started it."""

import os


def language() -> str:
    """Return `zh-hans` or `en` from TONGXIN_LANG, LC_ALL, LC_MESSAGES or LANG, in this order."""
    for name in ("TONGXIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh-hans" if value.lower().startswith("zh") else "en"
    return "en"
