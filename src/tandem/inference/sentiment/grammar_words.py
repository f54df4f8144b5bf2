"""Words that hold a sentence together and say nothing good or bad by themselves, in English and Czech.

Negations, "but", "too" and the like are not among them: they turn what is said.
"""

from typing import Final

_ENGLISH: Final = """
    a an the this that these those of to in on at by for from with as into onto about between during i you he she it we they me him
    her us them my your his its our their is am are was were be been being has have had do does did and or if then there here who
    whom whose which what when where
"""
_CZECH: Final = """
    a i v ve na se si je to ten ta ty do od k ke s z ze u o po za pro při jsem jsi jsme jste jsou byl byla bylo byli být mi mě mně
    ti tě mu jí jim ho jej já on ona ono my vy oni který která které kteří že aby když jak kde
"""
GRAMMAR: Final = frozenset((_ENGLISH + _CZECH).split())
