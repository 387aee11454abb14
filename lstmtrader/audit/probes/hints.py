from lstmtrader.audit.finding import ProbeResult
from lstmtrader.audit.subject import Subject


def probe_hints(subject: Subject) -> ProbeResult:
    return ProbeResult("hints", "")
