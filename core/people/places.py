"""Where a patient belongs, as far as a clock or a rule of a place must be chosen for them."""

from sqlalchemy import func, select

from core.models import appointments, locations, patients

# Of a patient: where their latest visit is, or is to be; else the clinic's first place.
USUAL_PLACE = func.coalesce(
    select(appointments.c.location_id)
    .where(appointments.c.patient_id == patients.c.id)
    .order_by(appointments.c.starts_at.desc(), appointments.c.id.desc())
    .limit(1)
    .correlate(patients)
    .scalar_subquery(),
    select(locations.c.id)
    .order_by(locations.c.position, locations.c.id)
    .limit(1)
    .correlate(None)
    .scalar_subquery(),
)
