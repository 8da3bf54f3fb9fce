"""Disease profiles: the one file from which the rest of the product takes them."""

from tongxin.incidents import profile_codes, profile_files, profile_problems, profile_types
from tongxin.incidents.profile_codes import *  # noqa: F403
from tongxin.incidents.profile_files import *  # noqa: F403
from tongxin.incidents.profile_problems import *  # noqa: F403
from tongxin.incidents.profile_types import *  # noqa: F403

__all__: list[str] = []
__all__ += profile_codes.__all__
__all__ += profile_files.__all__
__all__ += profile_problems.__all__
__all__ += profile_types.__all__
