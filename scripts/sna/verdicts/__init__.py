"""The paper's claims and a careful reader's questions, and the rules that judge and answer them."""
