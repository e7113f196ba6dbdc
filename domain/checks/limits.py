"""The numbers the checks hold a survey against, each with its source. "Ours" marks a judgement of this project."""

from datetime import date, timedelta

SURVEYED_ON_MIN = date(2010, 1, 1)
"""The agency's first national survey by scorecard was 2010-11 (annual report FY 2022-23, history of targeting)."""

INTERVIEW_MINUTES_MIN = 5
"""Ours: reading out identity, roster and dwelling alone takes longer."""

INTERVIEW_HOURS_MAX = 12
"""Ours: a centre's day is shorter; a longer interview was left open or taken in two visits."""

CLOCK_SKEW_MAX = timedelta(minutes=15)
"""Ours: how far a device's clock may run ahead of the registry's."""

CAPTURE_DAYS_APART_MAX = 1
"""Ours: the survey's date and the device's own may differ by a day around midnight."""

LATITUDE_MICRODEGREES = (23_500_000, 37_200_000)
LONGITUDE_MICRODEGREES = (60_800_000, 79_500_000)
"""A box around Pakistan, Azad Kashmir and Gilgit Baltistan: centroids of all tehsils (OCHA COD-AB 2022), widened."""

POSITION_ACCURACY_M_MAX = 5_000
"""Ours: beyond this the device did not know in which union council it stood."""

ROSTER_LARGE = 30
"""Ours: a larger household is looked at, and never refused for its size (MICS Punjab 2014 has households of 50)."""

AGE_MAX = 99
"""99 stands for 99 and over (PSLM 2019-20, section B-1)."""

BIRTH_YEAR_MIN = 1880
"""Ours: nobody older than the oldest person ever verified (122 years) can have been surveyed since 2010."""

AGE_AND_BIRTH_YEARS_APART_MAX = 1
AGE_AND_BIRTH_YEARS_CONTRADICT = 5
"""Ours: ages are rounded when stated, by a year without question; by more than five they contradict the date."""

MARRIED_AGE_MIN = 10
"""Ours: a younger spouse is a slip in age, relation or status; from here to the lawful age it is only looked at."""

MARRIAGE_AGE_LAWFUL = 16
"""Lowest lawful age of marriage anywhere in Pakistan (Child Marriage Restraint Act 1929: 16 for women, 18 for men)."""

HEAD_AGE_MIN = 15
"""Ours: households headed by children exist and are looked at."""

PARENT_YEARS_OLDER_MIN = 12
"""Ours: the youngest plausible age at a birth; one generation."""

WIVES_MAX = 4
"""Muslim personal law, whose further marriages the Muslim Family Laws Ordinance 1961 regulates (section 6)."""

PREGNANCY_AGES = (12, 55)
"""Ours: women outside these ages are looked at, not refused."""

SCHOOL_AGES = (3, 25)
"""Ours: attendance is asked for ages 4 to 18 (annual report); nursery and university widen it."""

CLASS_AGE_YEARS_BEFORE = 3
"""Ours: class 1 is completed at about 6, so someone younger than the class plus 3 is looked at."""

YEARS_OF_SCHOOLING = (*range(13), 14, 14, 16, 16, 17, 16, 16, 16, 16, 18, 20, 18)
"""Years behind each `highest_class` from 0 to 24 (codes of PSLM 2019-20, section C-1; the years are ours)."""

CLASS_OTHER = 28
"""PSLM 2019-20, section C-1: another degree."""

WORKING_AGE_MIN = 10
"""The Labour Force Survey of Pakistan counts work from age 10 (the annual report reports on 14 to 60)."""

DIFFICULTIES_MAX = 6
"""The short set of the Washington Group has six domains (PSLM 2019-20, section B-2)."""

RESPONDENT_AGE_MIN = 15
"""Ours: the respondent should be an adult or nearly so."""

ADULT_AGE = 18
"""A CNIC is given from 18 (citizen register)."""

ROOMS_LARGE = 20
ROOMS_MAX = 50
"""Ours: more than 20 rooms are looked at; the field does not take more than 50."""

ANIMALS_MAX = 95
"""95 stands for 95 and more of a kind (the two-digit field of MICS Punjab 2014, question HC14)."""

GOODS_MAX = 99
"""Ours: a two-digit field."""

LAND_ACRES_LARGE = 200
"""Ceiling for unirrigated land of one owner (Land Reforms Act 1977); a household may hold more between its members."""

LAND_ACRES_MAX = 1_000
"""Ours: beyond this a number in kanal or marla was written as acres."""

UNION_COUNCIL_LETTERS_MAX = 80
"""Ours: longer than any union council's name."""
