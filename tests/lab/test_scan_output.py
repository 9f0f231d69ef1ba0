"""What `patchbay scan` writes, read by others: ndiff, XML and JSON parsers, grep."""

import json
import re
import xml.etree.ElementTree

from lib.case import case, contains, equal, lacks, matches
from lib.scan import Scan, scan
from lib.scan_net import ScanNet
from lib.scan_scenes import address
from lib.scan_truth import states_of, states_of_nmap

FILES = ("-oN", "out.txt", "-oX", "out.xml", "-oG", "out.grep", "-oD", "out.ndjson", "-oJ",
         "out.json", "-oL", "out.list")


def scan_for_files(lab, *words):
    """Two hosts, each with two open ports, one rejected, one silent, the others closed."""
    net = ScanNet(lab)
    net.lift_icmp_limits()
    net.serve([22, 443])
    net.rule("tcp dport 30 drop\ntcp dport 31 reject with icmpx admin-prohibited")
    return net, scan(lab, net.scanner, address(1), address(2), address(1, 6), "-p", "1-1000",
                     "-Pn", "--engine", "packet", *words)


@case(needs=["namespaces", "nft"], seconds=60)
def all_files_tell_the_same(lab):
    _, found = scan_for_files(lab, *FILES)
    equal(states_of((lab.folder / "out.ndjson").read_text().splitlines()), found.states, "NDJSON")
    whole = json.loads((lab.folder / "out.json").read_text())
    equal(states_of(whole), found.states, "the JSON document")
    told = states_of_nmap((lab.folder / "out.xml").read_text())
    equal({target: state for target, (state, _) in told.items()},
          {target: state for target, (state, _) in found.states.items()}, "XML")
    listed = re.findall(r"^(\S+) (\d+) tcp open$", (lab.folder / "out.list").read_text(),
                        re.MULTILINE)
    equal({(ip, int(port)) for ip, port in listed}, found.open(), "the list")


@case(needs=["namespaces", "nft"], seconds=60)
def the_xml_has_one_element_a_host(lab):
    scan_for_files(lab, "-oX", "out.xml")
    root = xml.etree.ElementTree.parse(lab.folder / "out.xml").getroot()
    equal(root.tag, "nmaprun", "the root")
    hosts = root.findall("host")
    equal([(one.find("address").get("addr"), one.find("address").get("addrtype"))
           for one in hosts],
          [(address(1), "ipv4"), (address(2), "ipv4"), (address(1, 6), "ipv6")], "the hosts")
    for host in hosts:
        equal(host.find("status").get("state"), "up", "the status")
        counts = {extra.get("state"): int(extra.get("count"))
                  for extra in host.find("ports").findall("extraports")}
        told = len(host.find("ports").findall("port"))
        equal(sum(counts.values()) + told, 1000, "ports, told or counted")
    hosts_of_stats = root.find("runstats/hosts")
    equal((hosts_of_stats.get("up"), hosts_of_stats.get("total")), ("3", "3"), "the statistics")


@case(needs=["namespaces", "nft", "ndiff"], seconds=60)
def ndiff_reads_it(lab):
    net, _ = scan_for_files(lab, "-oX", "old.xml")
    scan(lab, net.scanner, address(1), address(2), address(1, 6), "-p", "1-1000", "-Pn", "--engine",
         "packet", "-oX", "same.xml")
    said = lab.run("ndiff", "old.xml", "same.xml", code=None, seconds=30)
    lacks(said.out, "/tcp", "what two equal scans differ in")
    net.serve([80])
    scan(lab, net.scanner, address(1), address(2), address(1, 6), "-p", "1-1000", "-Pn", "--engine",
         "packet", "-oX", "new.xml")
    said = lab.run("ndiff", "old.xml", "new.xml", code=1, seconds=30)
    matches(said.out, r"^\+80/tcp +open", "the difference")
    lacks(said.out, "443/tcp", "the difference")


@case(needs=["namespaces", "nft"], seconds=60)
def what_is_grepped_is_as_nmap_writes_it(lab):
    scan_for_files(lab, "-oG", "out.grep")
    text = (lab.folder / "out.grep").read_text()
    line = matches(text, rf"^Host: {re.escape(address(1))} \(\)\tPorts: (.*?)\t(.*)$",
                   "the first host")
    ports = dict(re.findall(r"(\d+)/([\w|]+)/tcp//[^/,]*///", line[1]))
    equal({port: state for port, state in ports.items() if state == "open"},
          {"22": "open", "443": "open"}, "the open ports")
    matches(line[2], r"Ignored State: closed \(\d+\)", "the others")
    matches(text, r"^# .* done", "the last line")


@case(needs=["namespaces", "nft"], seconds=60)
def people_are_told_what_matters(lab):
    net, _ = scan_for_files(lab)
    said = lab.patchbay("scan", address(1), "-p", "1-1000", "-Pn", inside=net.scanner)
    matches(said.out, r"^22/tcp +open +ssh\b", "an open port")
    matches(said.out, r"^443/tcp +open +https\b", "an open port")
    matches(said.out, r"\b996 closed\b", "what is not shown")
    matches(said.out + said.err, r"^scan: 1 host, 1,000 ports, .*sent [\d,]+", "the totals")
    lacks(said.out, "\x1b", "colours in a file")
    said = lab.patchbay("scan", address(1), "-p", "1-1000", "-Pn", "--open", inside=net.scanner)
    lacks(said.out, "30/tcp", "with --open, what is not open")


@case(needs=["namespaces"], seconds=60)
def one_of_them_can_be_stdout(lab):
    net = ScanNet(lab)
    net.serve([22])
    said = lab.patchbay("scan", address(1), "-p", "22,23", "-Pn", "-oX", "-", inside=net.scanner)
    equal(xml.etree.ElementTree.fromstring(said.out).tag, "nmaprun", "the root")
    said = lab.patchbay("scan", address(1), "-p", "22,23", "-Pn", "-oL", "-", inside=net.scanner)
    contains(said.out, f"{address(1)} 22 tcp open\n", "the list")


@case(needs=["namespaces"], seconds=60)
def a_file_that_cannot_be_written_is_told_before_anything_is_sent(lab):
    net = ScanNet(lab)
    said = lab.patchbay("scan", address(1), "-p", "22", "-oX", "no/such/folder/out.xml",
                        inside=net.scanner, code=1)
    matches(said.err, r"^error: .*no/such/folder/out\.xml.*\n  because: .+\n  try: .+$",
            "the error")


@case(needs=["namespaces"], seconds=60)
def what_a_name_says_cannot_act_on_the_terminal(lab):
    net = ScanNet(lab)
    net.serve([], "greet", "SSH-2.0-\x1b[31mred\x07 \x9b31m\r\n", "2022")
    said = lab.patchbay("scan", address(1), "-p", "2022", "-Pn", "-sV", "-oX", "out.xml", "-oN",
                        "out.txt", inside=net.scanner)
    for text in (said.out, said.err, (lab.folder / "out.txt").read_text(),
                 (lab.folder / "out.xml").read_text()):
        lacks(text, "\x1b", "what is shown")
        lacks(text, "\x07", "what is shown")
    xml.etree.ElementTree.parse(lab.folder / "out.xml")
    Scan(lab.patchbay("scan", address(1), "-p", "2022", "-Pn", "-sV", "--json",
                      inside=net.scanner))
