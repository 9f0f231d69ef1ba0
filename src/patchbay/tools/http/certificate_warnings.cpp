#include "patchbay/tools/http/certificate_warnings.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/certificate_file.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_shown = 3;

// "a.test, b.test, c.test and 4 more"
std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < k_most_shown; ++i) {
    const bool is_last = i + 1 == names.size();
    text += fmt::format("{}{}", i == 0 ? "" : is_last ? " and " : ", ", escape_terminal(names[i]));
  }
  if (names.size() > k_most_shown) text += fmt::format(" and {} more", names.size() - k_most_shown);
  return text;
}

std::string day_of(WallTime time) { return rfc3339(time).substr(0, 10); }

// The certificates of one plan.
class Certificates {
 public:
  Certificates(const HttpServePlan& plan, WallTime now) : tls_(*plan.tls), now_(now) {
    read(tls_.certificate_file);
    for (const TlsIdentity& named : tls_.named) read(named.certificate_file);
  }

  void judge(const SiteOptions& site);
  // Those that are no site's own: the flags', which are for all.
  void judge_the_rest();
  std::vector<Failure> take() { return std::move(warnings_); }

 private:
  void read(const std::string& path);
  bool is_named(const std::string& name) const;
  void judge_hosts(const SiteOptions& site);
  void judge_dates(const std::string& path, const std::string& place, const std::string& whose);

  const TlsServerOptions& tls_;
  const WallTime now_;
  std::map<std::string, CertificateFile> files_;  // that can be read
  std::set<std::string, std::less<>> names_;      // of all of them, in lower case
  std::set<std::string> judged_;                  // whose dates are
  std::vector<Failure> warnings_;
};

void Certificates::read(const std::string& path) {
  if (files_.contains(path)) return;
  auto file = CertificateFile::read(path);
  if (!file) return;
  for (const std::string& name : file->names()) names_.insert(certified_name(name));
  files_.emplace(path, std::move(*file));
}

// Is there one to choose for whoever asks for this name (RFC 6066 section 3)?
bool Certificates::is_named(const std::string& name) const {
  if (names_.contains(name)) return true;
  const std::size_t dot = name.find('.');
  return dot != std::string::npos && dot != 0 && names_.contains("*" + name.substr(dot));
}

void Certificates::judge_hosts(const SiteOptions& site) {
  const std::string& path = site.certificate.certificate_file;
  const auto own = files_.find(path);
  if (!path.empty() && own == files_.end()) return;
  std::vector<std::string> others;
  for (const std::string& host : site.hosts) {
    const std::string name = certified_name(host);
    if (path.empty() ? !is_named(name) : !own->second.is_for(name)) others.push_back(host);
  }
  if (others.empty()) return;
  const std::string place = site.origin.empty() ? std::string() : site.origin + ": ";
  if (path.empty()) {
    warnings_.emplace_back(
        fmt::format("{}no certificate is made out to {}", place, some_of(others)),
        fmt::format("clients are shown {}, and refuse it", escape_terminal(tls_.certificate_file)),
        site.origin.empty() ? "give one for it by --tls-cert and --tls-key"
                            : "name one by cert and key here, or have that of another site made "
                              "out to it as well");
    return;
  }
  const std::vector<std::string> names = own->second.names();
  warnings_.emplace_back(fmt::format("{}the certificate in {} is not made out to {}", place,
                                     escape_terminal(path), some_of(others)),
                         names.empty() ? "it has no subjectAltName, and clients heed nothing else"
                                       : fmt::format("it is for {}", some_of(names)),
                         "have one made for all hosts of the site, or leave those out of its "
                         "hosts that it is not for");
}

void Certificates::judge_dates(const std::string& path, const std::string& place,
                               const std::string& whose) {
  const auto file = files_.find(path);
  if (file == files_.end() || !judged_.insert(path).second) return;
  const auto warn = [&](std::string_view what, std::string why, const char* remedy) {
    warnings_.emplace_back(
        fmt::format("{}the certificate in {}{} {}", place, escape_terminal(path), whose, what),
        std::move(why), remedy);
  };
  const WallTime from = file->second.valid_from();
  const WallTime until = file->second.valid_until();
  constexpr const char* renew = "have it renewed, then send the server a SIGHUP";
  if (now_ < from) {
    return warn("is not valid yet", fmt::format("it is from {} on", day_of(from)),
                "check this machine's clock, or serve another one until then");
  }
  if (now_ > until) {
    return warn("is past its end", fmt::format("it was valid until {}", day_of(until)), renew);
  }
  if (until - now_ >= file->second.renewal_time()) return;
  const auto days = std::chrono::floor<std::chrono::days>(until - now_).count();
  warn(days == 0   ? "ends within a day"
       : days == 1 ? "ends in a day"
                   : fmt::format("ends in {} days", days),
       fmt::format("it is valid until {}", day_of(until)), renew);
}

void Certificates::judge(const SiteOptions& site) {
  if (!site.certificate.certificate_file.empty()) {
    const std::string whose = site.hosts.empty() ? "all other hosts" : some_of(site.hosts);
    judge_dates(site.certificate.certificate_file, site.origin + ": ", " (" + whose + ")");
  }
  judge_hosts(site);
}

void Certificates::judge_the_rest() {
  judge_dates(tls_.certificate_file, {}, {});
  for (const TlsIdentity& named : tls_.named) judge_dates(named.certificate_file, {}, {});
}

}  // namespace

std::vector<Failure> warn_of_certificates(const HttpServePlan& plan, WallTime now) {
  if (!plan.tls || plan.tls_self) return {};
  Certificates all(plan, now);
  for (const SiteOptions& site : plan.sites) all.judge(site);
  all.judge_the_rest();
  return all.take();
}

void tell_warnings(const std::vector<Failure>& warnings, Output& out) {
  for (const auto& [what, why, remedy] : warnings) {
    out.warn(fmt::format("{}: {}; {}", what, why, remedy));
    out.emit(Record("warning").text("what", what).text("why", why).text("try", remedy));
  }
}

}  // namespace patchbay
