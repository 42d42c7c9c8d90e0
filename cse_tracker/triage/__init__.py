"""What a borough does with a referral before deciding: claim it, ask, compare, offer it to another borough."""
