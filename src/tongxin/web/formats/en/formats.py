"""Dates as a duty officer writes them: 3 Nov 08:00, in 24 hours."""

DATE_FORMAT = "j M"
SHORT_DATE_FORMAT = "j M"
DATETIME_FORMAT = "j M H:i"
SHORT_DATETIME_FORMAT = "j M H:i"
TIME_FORMAT = "H:i"
