#include "patchbay/tools/http/serve_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/site_table.hpp"
#include "patchbay/tools/read_file.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_bytes = 1024 * 1024;
constexpr std::size_t k_most_sites = 10'000;

class Reader {
 public:
  Reader(const std::string& path, LookUp look_up)
      : folder_(std::filesystem::path(path).parent_path().string()),
        faults_(path),
        look_up_(look_up) {
    declare_listening(words_, options_);
    declare_server_tls(words_, options_);
    declare_limits(words_, options_);
  }

  HttpServePlan read(const toml::table& table, const std::vector<InheritedSocket>& inherited);
  SettingsFaults& faults() { return faults_; }

 private:
  void read_key(std::string_view key, const toml::node& node);
  void read_sites(const toml::node& node);
  void read_addresses(const toml::table& table, const std::vector<InheritedSocket>& inherited,
                      HttpServePlan& plan);
  void read_plain_addresses(const toml::table& table, HttpServePlan& plan);
  void choose_certificates(HttpServePlan& plan) const;
  void check_tls(const toml::table& table, const HttpServePlan& plan);
  void check_sites(const toml::table& table, HttpServePlan& plan);

  std::string folder_;
  SettingsFaults faults_;
  LookUp look_up_;
  ServeOptions options_;
  Command words_{"serve", "", nullptr};
  std::vector<SiteOptions> sites_;
};

void Reader::read_sites(const toml::node& node) {
  const toml::array* const list = node.as_array();
  if (list == nullptr || !list->is_homogeneous(toml::node_type::table)) {
    faults_.add(node, "'site' is no list of tables", "there can be several sites",
                "begin each with a line [[site]]");
    return;
  }
  if (list->size() > k_most_sites) {
    faults_.add(node, "these are too many sites",
                fmt::format("a server has {} at most", k_most_sites), "use fewer");
    return;
  }
  for (const toml::node& one : *list) {
    sites_.push_back(read_site_table(*one.as_table(), folder_, faults_));
  }
}

void Reader::read_key(std::string_view key, const toml::node& node) {
  if (key == "site") return read_sites(node);
  const auto flag = std::ranges::find(words_.flags(), key, &Flag::name);
  if (flag != words_.flags().end()) return read_flag(*flag, key, node, faults_);
  const std::vector<std::string> of_sites = site_keys();
  if (std::ranges::find(of_sites, key) != of_sites.end()) {
    faults_.add(node, fmt::format("'{}' belongs to a site", key),
                "here the whole server is described", "write it below a line [[site]]");
    return;
  }
  tell_unknown(key, node, serve_keys(), faults_);
}

void Reader::read_addresses(const toml::table& table, const std::vector<InheritedSocket>& inherited,
                            HttpServePlan& plan) {
  const toml::node* const listen = table.get("listen");
  if (listen != nullptr && listen->is_array() && listen->as_array()->empty()) {
    faults_.add(*listen, "'listen' is empty", "the server would have no address",
                "listen = [\"127.0.0.1:8080\"]");
  }
  auto addresses = addresses_of(options_.listen, inherited, look_up_);
  if (addresses) {
    plan.addresses = std::move(*addresses);
  } else {
    faults_.add(listen != nullptr ? *listen : table, addresses.error().what, addresses.error().why,
                addresses.error().remedy);
  }
  if (!options_.metrics) return;
  auto metrics = addresses_of({*options_.metrics}, look_up_);
  if (metrics) {
    plan.metrics = std::move(*metrics);
  } else {
    faults_.add(*table.get("metrics"), metrics.error().what, metrics.error().why,
                metrics.error().remedy);
  }
}

void Reader::read_plain_addresses(const toml::table& table, HttpServePlan& plan) {
  if (const auto added = add_plain_addresses(options_.listen_plain, plan, look_up_); !added) {
    const Failure& failure = added.error();
    faults_.add(*table.get("listen-plain"), failure.what, failure.why, failure.remedy);
  }
}

// The first certificate, that of the site for other hosts, is for whoever asks for no name of the
// others.
void Reader::choose_certificates(HttpServePlan& plan) const {
  for (const bool for_others : {true, false}) {
    for (const SiteOptions& site : sites_) {
      const TlsIdentity& own = site.certificate;
      if (own.certificate_file.empty() || site.hosts.empty() != for_others) continue;
      if (plan.tls) {
        plan.tls->named.push_back(own);
        continue;
      }
      plan.tls = TlsServerOptions{.certificate_file = own.certificate_file,
                                  .key_file = own.key_file,
                                  .alpn = {"h2", "http/1.1"}};
    }
  }
}

void Reader::check_tls(const toml::table& table, const HttpServePlan& plan) {
  if (const auto fit = check_plain_addresses(plan); !fit) {
    const Failure& failure = fit.error();
    const toml::node* const named = table.get("listen-plain");
    faults_.add(named != nullptr ? *named : table, failure.what, failure.why, failure.remedy);
  }
  if (const auto fit = check_redirect(plan); !fit) {
    const Failure& failure = fit.error();
    faults_.add(*table.get("redirect-to-tls"), failure.what, failure.why, failure.remedy);
  }
  if (!plan.tls_self || !plan.tls) return;
  faults_.add(*table.get("tls-self"), "'tls-self' and 'cert' cannot stand together",
              "a server that makes a certificate by itself has no others", "leave one of them out");
}

void Reader::check_sites(const toml::table& table, HttpServePlan& plan) {
  if (sites_.empty() && faults_.empty()) {
    faults_.add(table, "there is no site", "the server would have nothing to show",
                "begin one with a line [[site]]");
  }
  const toml::array* const list = table["site"].as_array();
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const auto complete = complete_site(sites_[i], is_local(plan));
    if (!complete) {
      const Failure& failure = complete.error();
      faults_.add(*list->get(i), failure.what, failure.why, failure.remedy);
    }
    plan.sites.push_back(sites_[i]);
  }
}

HttpServePlan Reader::read(const toml::table& table,
                           const std::vector<InheritedSocket>& inherited) {
  for (const auto& [key, node] : table) read_key(key.str(), node);
  HttpServePlan plan = plan_of(options_);
  read_addresses(table, inherited, plan);
  read_plain_addresses(table, plan);
  choose_certificates(plan);
  check_tls(table, plan);
  check_sites(table, plan);
  plan.may_change = true;
  return plan;
}

}  // namespace

std::expected<HttpServePlan, std::vector<Failure>> parse_serve_file(
    std::string_view text, const std::string& path, const std::vector<InheritedSocket>& inherited,
    LookUp look_up) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    const toml::parse_error& fault = parsed.error();
    return std::unexpected(std::vector{
        Failure(fmt::format("{}:{} is not TOML", escape_terminal(path), fault.source().begin.line),
                escape_terminal(fault.description()), "patchbay http serve --help shows a file")});
  }
  Reader reader(path, look_up);
  HttpServePlan plan = reader.read(parsed.table(), inherited);
  std::vector<Failure> failures = reader.faults().take();
  if (const auto hosts = check_hosts(plan.sites); !hosts) failures.push_back(hosts.error());
  if (failures.empty()) return plan;
  return std::unexpected(std::move(failures));
}

std::expected<HttpServePlan, std::vector<Failure>> read_serve_file(
    const std::string& path, const std::vector<InheritedSocket>& inherited) {
  const auto text = read_whole_file(path, k_most_bytes);
  if (!text) return std::unexpected(std::vector{text.error()});
  return parse_serve_file(*text, path, inherited);
}

}  // namespace patchbay
