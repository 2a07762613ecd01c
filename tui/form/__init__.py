"""The form behind `edit`: a configuration being changed, and what it would cost."""
