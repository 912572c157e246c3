"""How similar two texts are, character by character."""

from typing import Final

from sluice.golden.matching.folding import folded

# The cost grows with the product of the lengths; beyond this the first part is compared.
COMPARED_CHARACTERS: Final = 100_000


def text_similarity(answer: str, reference: str) -> float:
    """Normalised indel similarity of two texts, in [0, 1]; 1 for equal texts, case and typography aside.

    With LCS the length of the longest common subsequence of characters:

        similarity = 2 * LCS / (len(answer) + len(reference))

    which is 1 - d / (len(answer) + len(reference)), where d counts the single characters to insert and delete. Two
    empty texts are equal. Of each text the first COMPARED_CHARACTERS are compared, white space runs as one space.

    Source:
        Needleman & Wunsch 1970, J. Mol. Biol. 48(3), for the alignment; Navarro 2001, ACM Computing Surveys 33(1),
        section 2.1, on the indel (LCS) distance. Computed by rapidfuzz (Hyyro 2004, bit-parallel).

    Example:
        >>> text_similarity("kitten", "sitting"), text_similarity("A Refund", "a refund")
        (0.6153846153846154, 1.0)
    """
    # 13 ms of import, needed only by expectations of similarity.
    from rapidfuzz.distance import Indel

    left, right = folded(answer[:COMPARED_CHARACTERS]), folded(reference[:COMPARED_CHARACTERS])
    return float(Indel.normalized_similarity(left, right))
