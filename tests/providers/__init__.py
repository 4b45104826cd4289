"""Twilio and Telegram on this machine: local servers that keep state and enforce the rules."""
