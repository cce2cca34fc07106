"""A failure of the table as one short file with exact packages, for whoever can mend it; pure."""
