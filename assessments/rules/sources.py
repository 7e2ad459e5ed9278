"""The register of sources: what each source key stands for. The "why" panel and the documents read
it.

Where only a copy of a page on somebody else's server was available, the address is left empty or
the publisher's own address is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class SourceKind(StrEnum):
    """Where a statement comes from: the practice, something published, or a choice made here."""

    PRACTICE = "practice"
    LOOKED_UP = "looked_up"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source: its key, what it is in plain words, and its address (empty when there is
    none)."""

    key: str
    title: str
    address: str
    kind: SourceKind


_PRACTICE = (
    (
        "seed",
        "Upwell Health Collective, Achilles Tendinopathy: Why Rest Is Making It Worse, May 2026",
        "",
    ),
)
_OWN = (("own", "Practice default, not from the literature", ""),)
_PMC = "https://pmc.ncbi.nlm.nih.gov/articles/"
_LOOKED_UP = (
    ("R-VISA", "Public research script with the VISA-A items and points", ""),
    (
        "AWELL",
        "Awell Health, open VISA-A score calculation",
        "https://github.com/awell-health/awell-score",
    ),
    ("FLUTTER", "Text of a public mobile app with the VISA-A", ""),
    ("BADVISA", "Public write-up of VISA-A items that contains errors", ""),
    (
        "PP-VISA",
        "Physiopedia, VISA-A scale",
        "https://physio-pedia.com/VISA-A_scale",
    ),
    (
        "PP-TOOLKIT",
        "Physiopedia, Achilles Tendinopathy Toolkit, outcome measures",
        (
            "https://www.physio-pedia.com/index.php?title=Achilles_Tendinopathy_Toolkit:"
            "_Section_B_-_Outcome_Measures&oldid=306778"
        ),
    ),
    ("PMC1724384", "Robinson 2001, the VISA-A questionnaire", f"{_PMC}PMC1724384"),
    ("PMC555595", "Silbernagel 2005, Swedish VISA-A", f"{_PMC}PMC555595"),
    (
        "PM22319681",
        "Review of VISA-A scores across trials",
        "https://pubmed.ncbi.nlm.nih.gov/22319681/",
    ),
    (
        "RYORTHO",
        "Report of Lagas 2021, important change on the VISA-A",
        (
            "https://ryortho.com/breaking/whats-clinically-relevant-improvement-for-achilles-tendinopath"
            "y"
        ),
    ),
    ("LOADWISE", "Public design note quoting the UBC toolkit (second-hand)", ""),
    (
        "ICON23",
        "ICON 2023, core outcome set for Achilles tendinopathy",
        "https://orbi.uliege.be/handle/2268/332348",
    ),
    (
        "TENDINS",
        "TENDINS-A questionnaire, measurement properties",
        "https://medrxiv.org/content/10.1101/2023.10.05.23296581v1.full-text",
    ),
    (
        "SCRIBD-SE",
        "Swedish adaptation of the VISA-A, 2005 article",
        (
            "https://it.scribd.com/document/459994344/"
            "Cross-cultural-adaptation-of-the-VISA-A-questionnaire"
        ),
    ),
    (
        "DOCSBAY-DE",
        "German adaptation of the VISA-A, 2009 article",
        (
            "https://docsbay.net/doc/201393/"
            "institute-for-sports-medicine-otto-fleck-schneise-10-d-60528-frankfurt-am-main-germany"
        ),
    ),
    (
        "DURBAN",
        "Durbanville Physiotherapy, stages of tendinopathy",
        "http://durbanvillephysio.co.za/blog/44-tendinopathies.html",
    ),
    ("BLR-CLINIC", "Public clinic page on tendon stages", ""),
    ("PMC5118437", "The continuum model revisited, by its authors", f"{_PMC}PMC5118437"),
    (
        "PMC5808052-T1",
        "Trial protocol, entry criteria (table 1)",
        f"{_PMC}PMC5808052/table/Tab1/",
    ),
    (
        "PMC8364697-T2",
        "Griffin 2021, progressive loading programme (table 2)",
        f"{_PMC}PMC8364697/table/Tab2",
    ),
    (
        "BMC-T1",
        "BMC Musculoskeletal Disorders 2021, exercise programme (table 1)",
        (
            "https://bmcmusculoskeletdisord.biomedcentral.com/articles/10.1186/s12891-021-04553-6/tables/"
            "1"
        ),
    ),
    (
        "PMC8485842-T13",
        "Review of definitions and diagnosis (table 13)",
        f"{_PMC}PMC8485842/table/table-13",
    ),
    (
        "PHYSIOSPOT-H",
        "Report of Hutchison 2013, best clinical tests",
        (
            "https://www.physiospot.com/2013/07/28/"
            "what-is-the-best-clinical-test-for-achilles-tendinopathy/"
        ),
    ),
    (
        "ANATFISIO",
        "Summary of clinical tests for Achilles tendinopathy",
        (
            "https://anatomia-fisioterapia.es/ankle/articles/systems/musculoskeletal/lower-extremity/"
            "ankle/what-is-the-best-clinical-test-for-achilles-tendinopathy"
        ),
    ),
    (
        "PT-RLHT",
        "Physiotutors, Royal London Hospital test",
        "https://www.physiotutors.com/wiki/royal-london-hospital-test/",
    ),
    (
        "APTA-PALP",
        "American Physical Therapy Association, palpation test",
        (
            "https://www.apta.org/patient-care/evidence-based-practice-resources/test-measures/"
            "achilles-tendon-palpation-test"
        ),
    ),
    *(
        (
            f"THESIS-{page}",
            f"Sleeswijk Visser, thesis on Achilles tendinopathy, page {page}",
            f"https://publicatie-online.nl/uploaded/flipbook/173774-Tjerk-Sleeswijk-Visser/{page}",
        )
        for page in (46, 47, 50, 55, 104)
    ),
    (
        "PM9548122",
        "Accuracy of clinical tests for Achilles rupture",
        "https://pubmed.ncbi.nlm.nih.gov/9548122/",
    ),
    (
        "SPORTDOC",
        "Sportdoc London, recognising a ruptured Achilles",
        (
            "https://www.sportdoclondon.co.uk/"
            "when-was-the-last-time-you-met-a-patient-with-a-ruptured-achilles/"
        ),
    ),
    (
        "FOOTHB",
        "Foot Hyperbook, Achilles rupture, clinical features",
        "http://foothyperbook.com/trauma/achillesRupture/achillesRuptureClin.htm",
    ),
    (
        "WELLS",
        "Two-level Wells score for deep vein thrombosis",
        "https://www.ncbi.nlm.nih.gov/pubmedhealth/PMH0055213/table/appk.tu1/?report=objectonly",
    ),
    ("PMC6394638", "Cohort of fluoroquinolones and Achilles rupture", f"{_PMC}PMC6394638"),
    (
        "EUR56901",
        "Case-control study of fluoroquinolones, age and rupture",
        "https://repub.eur.nl/pub/56901",
    ),
    (
        "ALVES",
        "Alves 2019, review of fluoroquinolones and tendon injury",
        (
            "https://www.scribd.com/document/457660622/"
            "QUINOLONAS-Y-RUPTURA-DE-TENDON-EUR-J-CLIN-PHARMACOL-2019-metanalisis"
        ),
    ),
    (
        "PMC7754651",
        "United States cohort of fluoroquinolones and rupture (conflicting)",
        f"{_PMC}PMC7754651",
    ),
    (
        "NURSING",
        "Nursing notes on rest after a tendon injection (weak)",
        "https://nursing-skills.blogspot.com/2014/01/tendon-rupture-atrophy.html",
    ),
    (
        "MYORTHO",
        "Report of a trial of guided cortisone with exercise",
        (
            "https://myorthoevidence.com/AceReport/Show/ultrasonography-guided-corticosteroid-vs-placebo"
            "-"
            "injection-with-exercise-for-achilles-tendinopathy"
        ),
    ),
    (
        "REGIONH",
        "Capital Region of Denmark, the same cortisone trial",
        (
            "https://research.regionh.dk/en/publications/"
            "effect-of-ultrasonography-guided-corticosteroid-injection-vs-plac"
        ),
    ),
    (
        "BMJ-SPA",
        "BMJ letter on spondyloarthropathy features",
        "https://www.bmj.com/content/346/bmj.f1262/rr/636478",
    ),
    (
        "PMC1079686",
        "Tendon xanthoma and inherited high cholesterol",
        f"{_PMC}PMC1079686",
    ),
    (
        "HEBERT",
        "Hébert-Losier 2017, heel-raise norms and reliability",
        "https://researchcommons.waikato.ac.nz/handle/10289/11322",
    ),
    (
        "MICKHUGHES",
        "Mick Hughes, calf capacity and normal values",
        "https://www.mickhughes.physio/single-post/calf-capacity-and-normative-values",
    ),
    (
        "NAAS",
        "Naas Physiotherapy, table of heel-raise norms",
        "http://www.naasphysiotherapy.ie/blog/single-calf-leg-raises-how-many-can-you-do",
    ),
    (
        "HEALTHHP",
        "Health High Performance, table of heel-raise norms",
        "https://healthhp.com.au/post/calf-raise-to-fatigue-test-feel-the-burn",
    ),
    (
        "TOWNS",
        "Townsville Podiatry, another copy of the norms (one more in most cells)",
        "http://www.townsvillepodiatry.com.au/singlelegheelraises.html",
    ),
    (
        "BJPT25",
        "International heel-raise norms, 2025 (conflicting on age)",
        "https://pubmed.ncbi.nlm.nih.gov/40020545/",
    ),
    (
        "DRAPER",
        "Training forum post on loaded calf raises (lore)",
        "https://www.davedraper.com/fusionbb/showpost.php?pid/904570/",
    ),
    (
        "PM32658037",
        "Tendon load of rehabilitation exercises",
        "https://pubmed.ncbi.nlm.nih.gov/32658037",
    ),
    (
        "HHP-CALF",
        "Health High Performance, calf loads",
        "https://healthhp.com.au/post/calf-strain-calf-raises-alone-wont-suffice",
    ),
    ("PMC7496962", "Van der Vlist 2020, isometric exercise and pain", f"{_PMC}PMC7496962"),
    (
        "PMC6356409-A2",
        "Rehabilitation programme of a nutrition trial (table A2)",
        f"{_PMC}PMC6356409/table/nutrients-11-00076-t0A2",
    ),
    (
        "MENDELEY98",
        "Alfredson 1998, abstract",
        "https://mendeley.com/catalogue/4f37ac34-b5e0-3fa2-a634-6fddc1b13cdb",
    ),
    (
        "SCRIBD-F03",
        "Eccentric training, midportion and insertional results",
        "https://www.scribd.com/document/629806910/alfredson-achilles",
    ),
    ("ID571", "Public research note quoting Silbernagel 2007 and 2020 (second-hand)", ""),
    ("UTD", "UpToDate graphic 103058, heavy slow resistance", ""),
    (
        "PHYSIOSPOT-B",
        "Report of Beyer 2015, heavy slow resistance and eccentric training",
        (
            "https://www.physiospot.com/2015/07/13/"
            "heavy-slow-resistance-versus-eccentric-training-as-treatment-for-achilles-tendinopathy/"
        ),
    ),
    (
        "NCT0677",
        "Registered loading trial NCT06774547",
        "https://biotechhunter.com/trials/NCT06774547",
    ),
    (
        "PMC7249277-T2",
        "Silbernagel 2020, combined programme (table 2)",
        f"{_PMC}PMC7249277/table/i1062-6050-55-5-438-t02",
    ),
    (
        "JAT20",
        "Silbernagel 2020, current concepts in conservative care",
        (
            "https://meridian.allenpress.com/jat/article/55/5/438/436804/"
            "Current-Clinical-Concepts-Conservative-Management"
        ),
    ),
    (
        "QXMD-07",
        "Silbernagel 2007, continued sport with a pain model",
        "https://read.qxmd.com/read/17307888/",
    ),
    (
        "ANATFISIO-ISO",
        "Summary of isometric exercise for the Achilles tendon",
        (
            "https://mail.anatomia-fisioterapia.it/ankle/articles/systems/musculoskeletal/lower-extremity"
            "/"
            "ankle/effects-of-isometric-exercise-on-achilles-tendinopathy"
        ),
    ),
    ("PMC6706360", "Isometric exercise and immediate Achilles pain", f"{_PMC}PMC6706360"),
    (
        "BRADFORD",
        "Bradford 2021, pilot of isometric exercise",
        "https://www.thieme-connect.com/products/ejournals/html/10.1055/a-1398-5501",
    ),
    (
        "KSSTA-INTRO",
        "Introduction tracing the pain-relief claim for isometrics",
        "http://link.springer.com/article/10.1007/s00167-018-5050-z",
    ),
    (
        "PM18184750",
        "Jonsson 2008, floor-level eccentric training for insertional pain",
        "https://pubmed.ncbi.nlm.nih.gov/18184750/",
    ),
    (
        "BOOKSCI-P",
        "Pringels 2025, low-compression trial for insertional tendons",
        "https://m.booksci.cn/literature/143506928.htm",
    ),
    (
        "MALLIARAS",
        "Malliaras, comment on compression at the insertion",
        "https://www.tendinopathyrehab.com/blog/compression-insertion-achilles-tendinopathy",
    ),
    (
        "HEALTHY",
        "HEALTHY trial, heel lifts and eccentric exercise",
        "https://bjsm.bmj.com/highwire/citation/122898/endnote-tagged",
    ),
    (
        "GAMEPLAN",
        "The Game Plan, pain monitoring in Achilles rehabilitation",
        "https://thegameplanpt.com/blog/achilles-tendinopathy",
    ),
    (
        "BIM",
        "Bim Physio, the pain-monitoring model",
        "https://bim.physio/the-pain-monitoring-model/",
    ),
    (
        "AHPS",
        "Allied Health Professionals Suffolk, returning to activity",
        "https://ahpsuffolk.co.uk/Home/SelfHelp/ReturningtoActivity.aspx",
    ),
    (
        "BLAKE",
        "Dr Blake, walk and run programme",
        "https://www.drblakeshealingsole.com/2010/03/walkrun-program-for-injury.html",
    ),
    (
        "ARC",
        "ARC Running, run and walk progression",
        "https://www.arc-running.com/run-walk-progression/",
    ),
    (
        "SAXENA",
        "Amol Saxena, return to sport after injury",
        "https://www.amolsaxena.com/return-to-sports-after-injury.html",
    ),
    (
        "PUBHAWK",
        "Frandsen 2025, single-run spikes in 5,205 runners",
        (
            "https://www.pubhawk.com/detail/40623829/"
            "How-much-running-is-too-much-Identifying-high-risk-running-sessions-in-a-52/full"
        ),
    ),
    ("PMC7534938", "Pitfalls of workload ratios", f"{_PMC}PMC7534938"),
    (
        "UNIVR",
        "Call to dismiss the workload ratio",
        "https://iris.univr.it/handle/11562/1139126",
    ),
    (
        "OUCI",
        "Listing of the 2024 clinical practice guideline",
        "https://ouci.dntb.gov.ua/en/works/7PGZARx9",
    ),
    ("ID615", "Public evidence note listing the 2024 guideline (second-hand)", ""),
    ("ID704", "Public evidence note citing the 2024 guideline (second-hand)", ""),
    (
        "CPG-PDF",
        "2024 clinical practice guideline, full text (not read for these rules)",
        (
            "https://www.orthopt.org/uploads/content_files/files/chimenti_et_al_2024_achilles_pain_stiffness"
            "_"
            "and_muscle_power_deficits_midportion_achilles_tendinopathy_revision_2024.pdf"
        ),
    ),
    (
        "BJSM53",
        "Murphy 2019, exercise compared with wait and see",
        "https://bjsm.bmj.com/content/53/17/1070",
    ),
    ("PMC2465339", "Night splint trial", f"{_PMC}PMC2465339"),
    ("PMC9878810", "Meta-analysis of eccentric exercise and pain, 2023", f"{_PMC}PMC9878810"),
    (
        "BOOKSCI-D",
        "Demangeot 2025, expert consensus on heel-raise parameters",
        "https://m.booksci.cn/literature/144915672.htm",
    ),
    (
        "APPLIED",
        "Applied Performance, summary of the 2025 expert consensus",
        (
            "https://www.appliedperformance.co/blog/"
            "exercise-variables-that-matter-most-for-achilles-tendinopathy-rehab"
        ),
    ),
    (
        "COMPLIANCE",
        "Compliance guide to clinical decision support software",
        "https://compliancems.com.au/?p=4031",
    ),
    (
        "TGA",
        "Therapeutic Goods Administration, clinical decision support software",
        "https://www.tga.gov.au/resources/resource/guidance/clinical-decision-support-software",
    ),
)

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        key: Source(key=key, title=title, address=address, kind=kind)
        for kind, rows in (
            (SourceKind.PRACTICE, _PRACTICE),
            (SourceKind.OWN, _OWN),
            (SourceKind.LOOKED_UP, _LOOKED_UP),
        )
        for key, title, address in rows
    }
)


def source(key: str) -> Source:
    """The source behind ``key``. Raises ``KeyError`` when the register has no such key."""
    return SOURCES[key]
