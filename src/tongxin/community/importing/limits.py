"""How large a file may be before it is refused, and how much its reader may use."""

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
# A sheet of repeated rows packs about 30:1; anything far above that is made to explode.
MAX_RATIO = 300
RATIO_APPLIES_ABOVE_BYTES = 4 * 1024 * 1024

MAX_ROWS = 100_000
MAX_COLUMNS = 400
# The reader holds the rectangle around all filled cells, 32 bytes a cell.
MAX_RECTANGLE = 3_000_000
MAX_SHEETS = 200
MAX_CELL_CHARACTERS = 4_000

CHILD_MEMORY_BYTES = 512 * 1024 * 1024
CHILD_CPU_S = 20
CHILD_WALL_S = 20.0

# Marking keeps the whole workbook with its styles in memory, which reading does not.
MARKING_MEMORY_BYTES = 1024 * 1024 * 1024
MARKING_CPU_S = 60
MARKING_WALL_S = 90.0
