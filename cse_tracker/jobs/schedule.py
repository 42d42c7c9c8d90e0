"""The whole timetable on one page."""

from typing import Final

from cse_tracker.jobs import deadlines, delivery, importing, meetings, preparing, upkeep
from cse_tracker.jobs.job import Daily, Every, Job

TIMETABLE: Final = (
    Job("deliver-outbox", Every(seconds=10), delivery.deliver_outbox),
    Job("call-webhooks", Every(seconds=10), delivery.call_webhooks),
    Job("forget-answers", Daily(hour=4), upkeep.forget_answers),
    Job("let-reminders-fall", Every(seconds=20), meetings.let_reminders_fall),
    Job("put-packs-together", Every(seconds=5), meetings.put_packs_together),
    Job("readdress-invitations", Every(seconds=300), meetings.readdress_invitations),
    Job("read-replies", Every(seconds=120), meetings.read_replies),
    Job("breach-duties", Every(seconds=60), deadlines.breach_duties),
    Job("escalate-duties", Every(seconds=60), deadlines.escalate_duties),
    Job("carry-on-imports", Every(seconds=5), importing.carry_on_imports),
    Job("prepare-what-was-asked", Every(seconds=5), preparing.prepare_what_was_asked),
    Job("end-episodes-at-eighteen", Daily(hour=4), deadlines.end_episodes_at_eighteen),
    Job("alert-eighteenth-birthdays", Daily(hour=5), deadlines.alert_eighteenth_birthdays),
    Job("renew-match-tokens", Every(seconds=3600), upkeep.renew_match_tokens),
    Job("checkpoint-audit", Every(seconds=3600), upkeep.checkpoint_audit),
    Job("bring-back-offers", Every(seconds=60), deadlines.bring_back_offers),
    Job("deliver-outside", Every(seconds=10), delivery.deliver_outside),
    Job("watch-outbound", Every(seconds=60), deadlines.watch_outbound),
    Job("back-up", Daily(hour=2), upkeep.back_up),
    Job("close-keys", Daily(hour=4), upkeep.close_keys),
    Job("close-windows", Daily(hour=4), deadlines.close_windows),
    Job("tidy-drafts", Daily(hour=4), deadlines.tidy_drafts),
    Job("prepare-statistics", Daily(hour=5), preparing.prepare_statistics),
    # At three no hour is skipped or doubled when the clocks change.
    Job("verify-audit", Daily(hour=3), upkeep.verify_audit),
)
