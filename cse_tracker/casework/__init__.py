"""What is done with and for a young person between assessments: contacts, placements, legal frame, warnings, people."""
