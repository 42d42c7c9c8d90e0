"""Minutes: drafted from what was recorded, agreed by the chair, every version kept, sent section by section."""
