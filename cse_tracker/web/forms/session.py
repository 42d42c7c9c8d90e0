"""The sign-in form."""

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from cse_tracker.web.forms.fields import OneLine


class SignInForm(FlaskForm):  # type: ignore[misc]
    """E-mail address and password."""

    email = OneLine("Email address", [InputRequired("Enter your email address")], longest=254)
    password = PasswordField("Password", [InputRequired("Enter your password")])
