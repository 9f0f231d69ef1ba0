#include "patchbay/tools/scan/output/scan_output_flags.hpp"

namespace patchbay {

void declare_scan_outputs(Command& scan, ScanOutputFlags& flags) {
  scan.section("Output");
  scan.flag("--open", toggle(flags.only_open), "tell only ports that are open, or may be");
  scan.flag("--reason", toggle(flags.reason), "tell of each answer its TTL, round trip and try");
  scan.flag("--expect RULES", text(flags.expect),
            "exit 5 unless they hold: 'tcp/22,443 open; rest not open'");
  scan.section("Output files (- is stdout)");
  scan.flag("--save-text FILE", file(flags.text), "the table (-oN)").alias("-oN").not_a_setting();
  scan.flag("--save-ndjson FILE", file(flags.ndjson), "the lines of --json (-oD)")
      .alias("-oD")
      .not_a_setting();
  scan.flag("--save-json FILE", file(flags.json), "one JSON document (-oJ)")
      .alias("-oJ")
      .not_a_setting();
  scan.flag("--save-xml FILE", file(flags.xml), "XML in the shape of nmap's (-oX)")
      .alias("-oX")
      .not_a_setting();
  scan.flag("--save-grepable FILE", file(flags.grepable), "a line a host, as nmap's (-oG)")
      .alias("-oG")
      .not_a_setting();
  scan.flag("--save-list FILE", file(flags.list), "a line an open port: ip port proto state (-oL)")
      .alias("-oL")
      .not_a_setting();
  scan.flag("--save-all BASE", file(flags.all), "BASE.nmap, .xml, .gnmap and .ndjson (-oA)")
      .alias("-oA")
      .not_a_setting();
  scan.flag("--append-output", toggle(flags.append), "go on in files that are there")
      .not_a_setting();
  scan.flag("--xml-as-nmap", toggle(flags.xml_as_nmap),
            "call nmap the scanner, for readers that insist on it");
}

}  // namespace patchbay
