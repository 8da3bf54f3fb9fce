"""Dates as they are written here: 11月3日 08:00."""

DATE_FORMAT = "n月j日"
SHORT_DATE_FORMAT = "n月j日"
DATETIME_FORMAT = "n月j日 H:i"
SHORT_DATETIME_FORMAT = "n月j日 H:i"
TIME_FORMAT = "H:i"
