// LabFile: hosts, links and programs, as a short TOML file says them.
//
//   hosts = ["client", "server"]
//
//   [[links]]
//   between = ["client", "server"]
//   delay = "50ms"                  # every flag of `lab link`
//   back = { delay = "50ms" }       # what differs on the way back
//
//   [[programs]]
//   host = "server"
//   run = "patchbay tcp serve 0.0.0.0:5000"   # for a shell; or a list of words
//   ready = "listening"             # what it says before the next one starts
//   background = true               # ended when the others are done
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/impairment.hpp"
#include "patchbay/tools/lab/link_network.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

struct LabFileLink {
  std::size_t left = 0;  // indices of hosts
  std::size_t right = 0;
  Impairment there;
  Impairment back;
  int mtu_bytes = 1500;
  std::vector<LinkNetwork> networks;  // what the user chose, one a family; empty: ours
};

struct LabFileProgram {
  std::size_t host = 0;
  std::vector<std::string> command;
  std::string shown;  // as it stands in the file
  std::optional<std::string> ready;
  bool background = false;
};

struct LabFile {
  std::string name;  // of the file, without folder and suffix
  std::vector<std::string> hosts;
  std::vector<LabFileLink> links;
  std::vector<LabFileProgram> programs;
  std::optional<std::uint64_t> seed;
};

// `path` names the file in failures. Every failure tells the line.
std::expected<LabFile, Failure> parse_lab_file(std::string_view text, const std::string& path);
std::expected<LabFile, Failure> read_lab_file(const std::string& path);

}  // namespace patchbay
