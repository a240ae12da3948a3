"""A message that is not taken: an exit code of sysexits(3), and a text for the person who sent it. Never 75: PHP takes
that for a success."""


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code, self.text = code, text
