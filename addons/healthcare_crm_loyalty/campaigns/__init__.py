"""What a campaign brought, in numbers: pure functions over values."""
