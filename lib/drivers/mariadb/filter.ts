/**
 * Filters a dump, in Perl, which every Debian has, and in constant memory. Parses strings and comments as the client
 * does, so data that looks like a statement stays as it is.
 *
 * Removes DEFINER clauses: the importing account becomes the definer, as only an administrator may set another. Removes
 * statements about the log of the server that wrote the dump. Renames collations that this MariaDB does not know. Lines
 * keep their numbers. Appends a line at the end, and reports on standard error: kind, names and count, tab-separated.
 *
 * Arguments: the line to append, the longest line in bytes (a longer one ends the filter with LINE_TOO_LONG), and the
 * collations as `old=new`, separated by spaces.
 */
export const FILTER = String.raw`
use strict;
my ($end, $longest, $collations) = @ARGV;
my %collation = map { split /=/ } split / /, $collations;
my $text = '';                        # what was read and not yet written
my ($from, $eof, $last) = (0, 0, ''); # where the unwritten begins; the last byte that was read
my ($delimiter, $in, $line) = (';', '', 0);
my ($start, $data, $head, $drop) = (1, 0, 0, 0);
my (%done, %definers);

sub put {
  my $written = 0;
  while ($written < length $_[0]) { $written += syswrite(STDOUT, $_[0], 1 << 20, $written) // exit 1 }
}
sub flush {
  my $part = substr $text, $from, pos($text) - $from;
  $part =~ tr/\n//cd if $drop;
  put($part);
  $from = pos $text;
}
sub fill {
  flush();
  substr($text, 0, $from) = '';
  $eof = 1 unless sysread STDIN, $text, 1 << 18, my $had = length $text;
  ($from, pos($text)) = (0, 0);
  return if $eof;
  $last = substr $text, -1;
  my $break = rindex $text, "\n";
  $line = $break < $had ? $line + length($text) - $had : length($text) - $break - 1;
  exit 3 if $line > $longest;
}
# Takes the next bytes out; puts others in their place.
sub replace {
  my ($length, $by) = @_;
  my $part = substr $text, pos $text, $length;
  my $breaks = $part =~ tr/\n//;
  flush();
  put($by . "\n" x $breaks) unless $drop;
  $from = pos($text) += $length;
}
sub ended { flush(); ($start, $data, $head, $drop) = (1, 0, 0, 0) }

my %inside = (
  "'" => qr/\G(?:[^'\\]++|\\.)*+/s,
  '"' => qr/\G(?:[^"\\]++|\\.)*+/s,
  "\x60" => qr/\G[^\x60]*+/,
  "\n" => qr/\G[^\n]*+/,
  '*/' => qr/\G(?:[^*]++|\*(?![\/]|\z))*+/,
);
my $plain = qr/[^'"\x60#;\/\\-]*+/;
my $row = qr/\G(?:$plain(?:-(?!-)$plain)*+'[^'\\]*+(?:\\.[^'\\]*+)*+')++/s;
my $name = qr/(?:\x60(?:[^\x60]|\x60\x60)*\x60|'[^']*'|[A-Za-z0-9_\$]+)/;
my $definer = qr/\Gdefiner\s*=\s*($name\s*\@\s*(?:[A-Za-z0-9_.%-]+|$name))/i;
my $set = qr/set\s+(?:@@(?:session|local|global)?\.?|(?:session|local|global)\s+)?/i;
my $log = qr/(sql_log_bin)\s*=\s*(?:[01]|on|off|@\w+)\s*;/i;
my $server = qr/\G(?:$set(?:$log|(gtid_purged)\s*=)|change\s+(?:master|replication\s+source)\s+to\b)/i;

pos($text) = 0;
for (;;) {
  fill() while !$eof && length($text) - pos($text) < 8192;
  last if pos($text) >= length $text;
  if ($in) {
    my $at = pos $text;
    $text =~ /$inside{$in}/gc;
    if (substr($text, pos $text, length $in) eq $in) { pos($text) += length $in; $in = '' }
    elsif (pos $text == $at) { pos($text)++ }
    next;
  }
  next if $data && $delimiter eq ';' && $text =~ /$row/gc;
  next if $text =~ /\G\s+/gc || $start && $text =~ /\G\xef\xbb\xbf/gc;
  if (substr($text, pos $text, length $delimiter) eq $delimiter) { pos($text) += length $delimiter; ended(); next }
  if ($text =~ /\G(['"\x60])/gc) { ($in, $start) = ($1, 0); next }
  if ($text =~ /\G(?:#|--(?=\s|\z))/gc) { $in = "\n"; next }
  if ($start && $text =~ /\G\/\*M?!999999\\-[^*\n]*\*\//) { replace(length $&, ''); next }
  next if $text =~ /\G\*\//gc;
  if ($text =~ /\G\/\*(M?![0-9]*)?/gc) { $in = '*/' unless defined $1; next }
  if ($start) {
    $start = 0;
    if ($text =~ /\Gdelimiter[ \t]+(\S+)[^\n]*/gci) { ($delimiter, $start) = ($1, 1); next }
    if ($text =~ /\G(?:insert|replace)\b/gci) { $data = 1; next }
    if ($text =~ /$server/) {
      $done{"left\t" . ($1 ? 'SQL_LOG_BIN' : $2 ? 'GTID_PURGED' : 'CHANGE MASTER')}++;
      flush();
      $drop = 1;
    }
    $head = $text =~ /\G(?=(?:create|alter)\b)/gci;
  }
  if ($head && $text =~ /$definer/) {
    my ($length, $who) = (length $&, $1);
    $definers{$who}++ if exists $definers{$who} || keys %definers < 20;
    replace($length, '');
    next;
  }
  if ($text !~ /\G([A-Za-z0-9_]+)/gc) { pos($text)++; next }
  my ($word, $known) = (lc $1, $collation{lc $1});
  $head = 0 if $word =~ /^(?:view|trigger|procedure|function|event|package|table|database|index)$/;
  next unless defined $known;
  $done{"mapped\t$word\t$known"}++;
  pos($text) -= length $word;
  replace(length $word, $known);
}
flush();
put(($last eq "\n" ? '' : "\n") . $end) if $last ne '';
for (sort keys %done) { print STDERR "$_\t$done{$_}\n" }
for (sort keys %definers) {
  (my $who = substr $_, 0, 200) =~ s/[^ -~]/?/g;
  print STDERR "definer\t$who\t$definers{$_}\n";
}
`

/** How the filter ends when a line is longer than it may be. */
export const LINE_TOO_LONG = 3
