"""Patients, and for whom an address may speak."""
