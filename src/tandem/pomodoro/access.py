"""Which routes need another key than their method says; GET needs ``read``."""

from typing import Final

from tandem.core.auth.access import Access

ACCESS: Final = Access(
    read=("POST /api/predict-quality",),
    write=(
        "POST /api/train",
        "POST /api/config/categories",
        "POST /api/sessions",
        "POST /api/sessions/import",
        "PATCH /api/sessions/{id}",
        "DELETE /api/sessions/{id}",
        # Those that ask a model, and forgetting what it said.
        "POST /api/ai/*",
    ),
    admin=("POST /api/cache/*",),
)
