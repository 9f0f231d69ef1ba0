#include "patchbay/tools/lab/lab_file.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/command.hpp"
#include "patchbay/tools/lab/impairment_flags.hpp"
#include "patchbay/tools/toml.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_bytes = 1024 * 1024;
constexpr std::size_t k_longest_name = 32;
constexpr std::size_t k_most_hosts = 256;

// What reading goes through: the file so far, and the first thing that is wrong.
class Reader {
 public:
  Reader(const std::string& path, LabFile& file) : path_(escape_terminal(path)), file_(file) {}

  bool read(const toml::table& table);
  const Failure& failure() const { return failure_; }

 private:
  bool fail(const toml::node& at, std::string what, std::string why, std::string remedy) {
    failure_ = Failure(fmt::format("{}:{}: {}", path_, at.source().begin.line, what),
                       std::move(why), std::move(remedy));
    return false;
  }
  bool unknown(const toml::node& at, std::string_view key, const char* known) {
    return fail(at, fmt::format("nothing is called '{}' here", escape_terminal(key)),
                "it is no key of this part of the file", fmt::format("one of: {}", known));
  }

  bool read_hosts(const toml::node& node);
  bool read_link(const toml::table& table);
  bool read_impairment(const toml::table& table, LabFileLink& link, bool is_back);
  bool read_key(const toml::node& node, std::string_view key, LabFileLink& link, Impairment& into);
  bool read_network(const toml::node& node, Family family, LabFileLink& link);
  bool read_program(const toml::table& table);
  bool read_host(const toml::node& node, std::size_t& into);
  bool read_text(const toml::node& node, std::string_view key, std::string& into);
  template <class Read>
  bool read_each(const toml::node& node, std::string_view key, Read read);

  std::string path_;
  LabFile& file_;
  Failure failure_;
};

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= k_longest_name && text.front() != '-' &&
         std::ranges::all_of(text, fits);
}

// A program would not look such a name up: it is an address (of the kinds that inet_aton(3) knows),
// or this host.
bool is_resolved_otherwise(const std::string& name) {
  in_addr address{};
  return name == "localhost" || ::inet_aton(name.c_str(), &address) != 0;
}

// A value as a flag takes it.
std::optional<std::string> word_of(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return text;
  if (const auto value = node.value_exact<std::int64_t>()) return std::to_string(*value);
  if (const auto value = node.value_exact<double>()) return fmt::format("{}", *value);
  return std::nullopt;
}

std::string listed(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

bool Reader::read_text(const toml::node& node, std::string_view key, std::string& into) {
  const auto value = node.value_exact<std::string>();
  if (!value) {
    return fail(node, fmt::format("'{}' is no text", key), "it is a value of another kind",
                fmt::format("{} = \"…\"", key));
  }
  if (value->find('\0') != std::string::npos) {
    return fail(node, fmt::format("'{}' has a character NUL", key),
                "no name and no argument of a program can have one", "leave \\u0000 out");
  }
  into = *value;
  return true;
}

template <class Read>
bool Reader::read_each(const toml::node& node, std::string_view key, Read read) {
  const toml::array* const list = node.as_array();
  const bool fits =
      list != nullptr && std::ranges::all_of(*list, [](const auto& one) { return one.is_table(); });
  if (!fits) {
    return fail(node, fmt::format("'{}' is no list of tables", key),
                "each of them begins with a line of its own", fmt::format("[[{}]]", key));
  }
  return std::ranges::all_of(*list, [&](const toml::node& one) { return read(*one.as_table()); });
}

bool Reader::read_hosts(const toml::node& node) {
  const toml::array* const list = node.as_array();
  if (list == nullptr) {
    return fail(node, "'hosts' is no list", "it is a value of another kind",
                "hosts = [\"client\", \"server\"]");
  }
  for (const toml::node& one : *list) {
    std::string name;
    if (!read_text(one, "hosts", name)) return false;
    if (!is_name(name)) {
      return fail(one, fmt::format("'{}' cannot be a host's name", escape_terminal(name)),
                  "a name has letters, digits and '-', 32 at most", "choose another name");
    }
    if (is_resolved_otherwise(name)) {
      return fail(one, fmt::format("'{}' cannot be a host's name", name),
                  "programs take it for an address and not for a name", "choose another name");
    }
    if (std::ranges::count(file_.hosts, name) > 0) {
      return fail(one, fmt::format("there are two hosts '{}'", name), "names are for telling apart",
                  "choose another name");
    }
    file_.hosts.push_back(std::move(name));
  }
  if (file_.hosts.size() <= k_most_hosts) return true;
  return fail(node, "these are too many hosts", fmt::format("a lab has {} at most", k_most_hosts),
              "use fewer");
}

bool Reader::read_host(const toml::node& node, std::size_t& into) {
  std::string name;
  if (!read_text(node, "host", name)) return false;
  const auto found = std::ranges::find(file_.hosts, name);
  if (found == file_.hosts.end()) {
    return fail(node, fmt::format("there is no host '{}'", escape_terminal(name)),
                file_.hosts.empty() ? "the file names no hosts"
                                    : fmt::format("the hosts are: {}", listed(file_.hosts)),
                "add it to hosts = […] at the top of the file");
  }
  into = static_cast<std::size_t>(found - file_.hosts.begin());
  return true;
}

bool Reader::read_network(const toml::node& node, Family family, LabFileLink& link) {
  std::string text;
  if (!read_text(node, family == Family::v4 ? "network" : "network6", text)) return false;
  auto network = parse_network(text);
  if (!network) {
    return fail(node, network.error().what(), network.error().why(), network.error().remedy());
  }
  if (network->left[0].address.family() != family) {
    return fail(node, fmt::format("'{}' is of the other family", escape_terminal(text)),
                "network is for IPv4 and network6 for IPv6", "use the other key");
  }
  link.networks.push_back(std::move(*network));
  return true;
}

// One key of an impairment: what the flag of the same name would take.
bool Reader::read_key(const toml::node& node, std::string_view key, LabFileLink& link,
                      Impairment& into) {
  Command flags("link", "", nullptr);
  declare_impairment(flags, into);
  flags.flag("--mtu BYTES", count(link.mtu_bytes, 68, 65'535), "");
  std::string name(key);
  std::ranges::replace(name, '_', '-');
  const auto flag = std::ranges::find(flags.flags(), name, &Flag::name);
  if (flag == flags.flags().end()) {
    std::vector<std::string> known{"between", "back", "network", "network6"};
    for (const Flag& one : flags.flags()) {
      known.push_back(one.name);
      std::ranges::replace(known.back(), '-', '_');
    }
    return unknown(node, key, listed(known).c_str());
  }
  const auto word = word_of(node);
  if (!word) {
    return fail(node, fmt::format("'{}' cannot be read", key), "it is a value of another kind",
                fmt::format("{} = \"…\"", key));
  }
  const auto assigned = flag->value.assign(*word);
  if (assigned) return true;
  return fail(node, fmt::format("'{}' cannot be {}", key, escape_terminal(*word)),
              assigned.error().why, assigned.error().remedy);
}

bool Reader::read_impairment(const toml::table& table, LabFileLink& link, bool is_back) {
  constexpr std::string_view of_links[] = {"between", "back", "network", "network6"};
  Impairment& into = is_back ? link.back : link.there;
  for (const auto& [key, node] : table) {
    if (!is_back && std::ranges::count(of_links, key.str()) > 0) continue;
    if (!read_key(node, key.str(), link, into)) return false;
  }
  const auto fits = check(into);
  if (fits) return true;
  return fail(table, fits.error().what(), fits.error().why(), fits.error().remedy());
}

bool Reader::read_link(const toml::table& table) {
  LabFileLink link;
  const toml::array* const ends = table["between"].as_array();
  if (ends == nullptr || ends->size() != 2) {
    return fail(table, "this link has no two ends", "it needs the names of the hosts that it joins",
                "between = [\"client\", \"server\"]");
  }
  if (!read_host(*ends->get(0), link.left) || !read_host(*ends->get(1), link.right)) return false;
  if (link.left == link.right) {
    return fail(*ends, "this link joins a host to itself", "its packets would never leave it",
                "name two different hosts");
  }
  if (!read_impairment(table, link, false)) return false;
  link.back = link.there;
  if (const toml::node* const back = table.get("back")) {
    if (!back->is_table()) {
      return fail(*back, "'back' is no table", "it is a value of another kind",
                  "back = { delay = \"50ms\" }");
    }
    if (const toml::node* const mtu = back->as_table()->get("mtu")) {
      return fail(*mtu, "'mtu' cannot differ on the way back", "a link has one, for both ways",
                  "give it outside of back = { … }");
    }
    if (!read_impairment(*back->as_table(), link, true)) return false;
  }
  const toml::node* const v4 = table.get("network");
  if (v4 != nullptr && !read_network(*v4, Family::v4, link)) return false;
  const toml::node* const v6 = table.get("network6");
  if (v6 != nullptr && !read_network(*v6, Family::v6, link)) return false;
  if (v6 != nullptr && link.mtu_bytes < k_least_mtu_of_v6) {
    return fail(*v6, "'network6' cannot be given to this link", "IPv6 needs an mtu of 1280 or more",
                "raise mtu, or leave network6 out");
  }
  file_.links.push_back(std::move(link));
  return true;
}

bool Reader::read_program(const toml::table& table) {
  LabFileProgram program;
  const toml::node* const host = table.get("host");
  const toml::node* const run = table.get("run");
  if (host == nullptr || run == nullptr) {
    return fail(table, "this program is not whole", "it needs a host and what to run there",
                "host = \"client\" and run = \"ping -c 3 server\"");
  }
  if (!read_host(*host, program.host)) return false;
  for (const auto& [key, node] : table) {
    if (key == "ready") {
      program.ready.emplace();
      if (!read_text(node, key.str(), *program.ready)) return false;
    } else if (key == "background") {
      const auto value = node.value_exact<bool>();
      if (!value) {
        return fail(node, "'background' is neither true nor false", "it is a value of another kind",
                    "background = true");
      }
      program.background = *value;
    } else if (key != "host" && key != "run") {
      return unknown(node, key.str(), "host, run, ready, background");
    }
  }
  if (const toml::array* const words = run->as_array()) {
    for (const toml::node& word : *words) {
      if (!read_text(word, "run", program.command.emplace_back())) return false;
    }
    program.shown = fmt::format("{}", fmt::join(program.command, " "));
  } else {
    if (!read_text(*run, "run", program.shown)) return false;
    program.command = {"sh", "-c", program.shown};
  }
  if (program.shown.empty() || program.command.empty() || program.command[0].empty()) {
    return fail(*run, "'run' is empty", "there is nothing to run", "run = \"ping -c 3 server\"");
  }
  file_.programs.push_back(std::move(program));
  return true;
}

bool Reader::read(const toml::table& table) {
  // Hosts first: the others name them.
  if (const toml::node* const hosts = table.get("hosts"); hosts != nullptr && !read_hosts(*hosts)) {
    return false;
  }
  if (file_.hosts.empty()) {
    return fail(table, "there are no hosts", "a lab begins with the names of its hosts",
                "hosts = [\"client\", \"server\"]");
  }
  for (const auto& [key, node] : table) {
    if (key == "links") {
      if (!read_each(node, "links", [&](const toml::table& one) { return read_link(one); })) {
        return false;
      }
    } else if (key == "programs") {
      if (!read_each(node, "programs", [&](const toml::table& one) { return read_program(one); })) {
        return false;
      }
    } else if (key == "seed") {
      const auto value = node.value_exact<std::int64_t>();
      if (!value || *value < 0) {
        return fail(node, "'seed' is no number from 0 up", "chances are drawn from it", "seed = 1");
      }
      file_.seed = static_cast<std::uint64_t>(*value);
    } else if (key != "hosts") {
      return unknown(node, key.str(), "hosts, links, programs, seed");
    }
  }
  return true;
}

// The name of the file becomes a part of the names of namespaces.
std::string lab_name(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string().substr(0, k_longest_name);
  std::ranges::replace_if(
      name, [](char c) { return !is_name(std::string_view(&c, 1)) && c != '-'; }, '-');
  return name.empty() || name.front() == '-' ? "lab" + name : name;
}

}  // namespace

std::expected<LabFile, Failure> parse_lab_file(std::string_view text, const std::string& path) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    const toml::parse_error& fault = parsed.error();
    return std::unexpected(
        Failure(fmt::format("{}:{} is not TOML", escape_terminal(path), fault.source().begin.line),
                escape_terminal(fault.description()), "patchbay lab run --help shows a file"));
  }
  LabFile file;
  file.name = lab_name(path);
  Reader reader(path, file);
  if (!reader.read(parsed.table())) return std::unexpected(reader.failure());
  return file;
}

std::expected<LabFile, Failure> read_lab_file(const std::string& path) {
  const auto refuse = [&path](int code) {
    return std::unexpected(Failure(Error::from_errno(code, "read").about(path)));
  };
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) return refuse(EISDIR);
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return refuse(errno);
  // It may be a pipe, whose size nobody knows: one byte more than allowed tells.
  std::string text(k_most_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return refuse(EIO);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() <= k_most_bytes) return parse_lab_file(text, path);
  return std::unexpected(Failure(fmt::format("cannot read {}", escape_terminal(path)),
                                 "it has more than 1 MiB", "name the file of a lab"));
}

}  // namespace patchbay
