"""clinic.toml in, a clinic out; and the demo clinic."""

from core.setup.changes import Change, ChangeKind
from core.setup.clinic import WrongKindOfClinic
from core.setup.demo import DEMO_FILE, set_up_demo
from core.setup.dump import dump
from core.setup.format import ClinicFile
from core.setup.reading import ClinicFileError, read_clinic_file
from core.setup.run import apply, plan, set_up

__all__ = [
    "DEMO_FILE",
    "Change",
    "ChangeKind",
    "ClinicFile",
    "ClinicFileError",
    "WrongKindOfClinic",
    "apply",
    "dump",
    "plan",
    "read_clinic_file",
    "set_up",
    "set_up_demo",
]
