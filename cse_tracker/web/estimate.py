"""The pages of estimate."""

from flask import Blueprint

bp = Blueprint("estimate", __name__, url_prefix="/estimate")
