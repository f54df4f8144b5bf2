"""Topics in the titles of tasks, found by whole words; what a language model would name, as far as a list can."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_TECHNOLOGIES: Final = (
    "Python", "JavaScript", "TypeScript", "Java", "Kotlin", "Rust", "Go", "C#", "C++", "SQL", "PostgreSQL", "MySQL", "MongoDB",
    "Redis", "Docker", "Kubernetes", "Linux", "Git", "GitHub", "GitLab", "Jenkins", "Selenium", "Playwright", "Cypress", "Postman",
    "Robot Framework", "pytest", "JMeter", "SoapUI", "React", "Vue", "Angular", "Node.js", "Django", "Flask", "FastAPI", "Spring",
    "HTML", "CSS", "XML", "JSON", "GraphQL", "AWS", "Azure", "Terraform", "Ansible", "Grafana", "Prometheus", "Excel",
)  # fmt: skip
_CONCEPTS: Final = {
    "REST API": ("rest", "rest api", "api"), "SOAP": ("soap", "wsdl"), "testing": ("test", "tests", "testing", "testy", "testování"),
    "test automation": ("automation", "automatizace"), "debugging": ("debug", "debugging", "ladění", "bug", "chyba"),
    "refactoring": ("refactoring", "refactor", "refaktoring"), "code review": ("review", "revize"),
    "databases": ("database", "databáze", "databáz"), "data migration": ("migration", "migrace", "migraci"),
    "security": ("security", "bezpečnost", "oauth"), "performance": ("performance", "výkon", "load"),
    "CI/CD": ("ci", "cd", "pipeline", "deploy", "nasazení"), "documentation": ("documentation", "docs", "dokumentace", "dokumentaci"),
    "design": ("design", "návrh", "architektura", "architecture"), "interviews": ("interview", "pohovor", "pohovory", "cv", "životopis"),
    "planning": ("plan", "planning", "plánování", "plán"), "reading": ("read", "reading", "čtení", "kniha", "book"),
    "languages": ("english", "angličtina", "němčina", "spanish"), "algorithms": ("algorithm", "algorithms", "algoritmy"),
}  # fmt: skip
MOST: Final = 10
MOST_AREAS: Final = 5

_WORD: Final = re.compile(r"[\w+#.]+")


@dataclass(frozen=True, slots=True)
class Topics:
    """What was found, in the order of the lists."""

    technologies: list[str]
    concepts: list[str]
    areas: list[str]


def topics_in(tasks: Iterable[tuple[str, str]]) -> Topics:
    """Return the topics of pairs (task, category): "Git" is found in "git rebase", not in "digital"."""
    pairs = list(tasks)
    whole = " ".join(" ".join(_WORD.findall(f"{task} ".casefold())).replace(". ", " ") for task, _ in pairs)
    padded = f" {' '.join(word.rstrip('.') for word in whole.split())} "
    technologies = [name for name in _TECHNOLOGIES if f" {name.casefold()} " in padded]
    concepts = [name for name, words in _CONCEPTS.items() if any(f" {word} " in padded for word in words)]
    areas = list(dict.fromkeys(category for _, category in pairs if category and category != "Other"))
    return Topics(technologies[:MOST], concepts[:MOST], areas[:MOST_AREAS])
