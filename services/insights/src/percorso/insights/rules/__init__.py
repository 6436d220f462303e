"""Rules as data: when a service is proposed to a citizen, and why; what they rest on is facts."""

from percorso.insights.rules.evaluation import Answer, Rule, Trace, Verdict, evaluate
from percorso.insights.rules.explanations import Explanation, Flip, Reason, explain, flip
from percorso.insights.rules.files import ITALY, Fault
from percorso.insights.rules.ruleset import Refused, Ruleset, judge, load
from percorso.insights.rules.view import FactRow, FactsView, view

__all__ = [
    "ITALY",
    "Answer",
    "Explanation",
    "FactRow",
    "FactsView",
    "Fault",
    "Flip",
    "Reason",
    "Refused",
    "Rule",
    "Ruleset",
    "Trace",
    "Verdict",
    "evaluate",
    "explain",
    "flip",
    "judge",
    "load",
    "view",
]
