from office.views.account import account, token_end
from office.views.activities import log, log_export, log_verify
from office.views.signing_in import SignInView, SignOutView, password, second_factor, signin_code

__all__ = [
    "SignInView",
    "SignOutView",
    "account",
    "log",
    "log_export",
    "log_verify",
    "password",
    "second_factor",
    "signin_code",
    "token_end",
]
