"""Brings in a borough's existing spreadsheet of cases: mapped, tried out, all or nothing, and taken back again."""
