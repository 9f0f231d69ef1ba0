#include "patchbay/tools/http/site_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

using Stored = std::expected<void, Failure>;

std::unexpected<Failure> refuse(std::string why, std::string advice) {
  return std::unexpected(Failure({}, std::move(why), std::move(advice)));
}

// A flag that is given any number of times, each time with a word for `read`.
template <class Target>
Value repeated(Target& target, Stored (*read)(std::string_view, Target&)) {
  Value value;
  value.kind = ValueKind::text;
  value.assign = [&target, read](std::string_view word) { return read(word, target); };
  value.clear = [&target] { target.clear(); };
  return value;
}

Stored read_field(std::string_view text, HttpFieldList& fields) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return refuse("it has to be 'Name: value'", "'Cache-Control: no-cache'");
  }
  const std::string name(text.substr(0, colon));
  if (!is_http_token(name)) {
    return refuse("a field's name is made of letters, digits and -", "'Cache-Control: no-cache'");
  }
  constexpr std::string_view framing[] = {"content-length", "transfer-encoding", "connection"};
  if (std::ranges::any_of(framing, [&](auto one) { return equal_ignoring_case(one, name); })) {
    return refuse("the server writes this field as each answer needs it", "leave it out");
  }
  const std::string_view value = trim_blanks(text.substr(colon + 1));
  if (!is_field_value(value)) {
    return refuse("its value has a control character", "'Cache-Control: no-cache'");
  }
  fields.push_back({name, std::string(value)});
  return {};
}

Stored read_error(std::string_view text, std::map<int, std::string>& files) {
  const std::size_t mark = text.find('=');
  if (mark == std::string_view::npos || mark + 1 == text.size()) {
    return refuse("it has to be STATUS=FILE", "404=404.html");
  }
  const std::string status(text.substr(0, mark));
  if (status.size() != 3 || (status[0] != '4' && status[0] != '5') ||
      status.find_first_not_of("0123456789") != std::string::npos) {
    return refuse(
        fmt::format("{} is no status of an error: they are 400 to 599", escape_terminal(status)),
        "404=404.html");
  }
  files[std::atoi(status.c_str())] = trim_blanks(text.substr(mark + 1));
  return {};
}

Stored read_rule(std::string_view text, std::vector<HttpGuardRule>& rules) {
  HttpGuardRule rule;
  const std::size_t blank = text.find(' ');
  if (blank != std::string_view::npos) {
    std::string_view methods = text.substr(0, blank);
    while (const auto method = next_element(methods)) rule.methods.emplace_back(*method);
    text.remove_prefix(blank + 1);
  }
  const auto decoded = decode_path(text);
  if (!decoded || std::ranges::any_of(rule.methods, [](const std::string& method) {
        return !is_http_token(method) || method == "HEAD";
      })) {
    return refuse("it has to be [METHOD,METHOD… ]/PATH; GET covers HEAD",
                  "'/private', or 'PUT,DELETE /files'");
  }
  rule.path = decoded->path;
  rules.push_back(std::move(rule));
  return {};
}

Stored read_pin(std::string_view text, std::vector<TlsPin>& pins) {
  const auto pin = TlsPin::parse(text);
  if (!pin) return refuse(pin.error().why(), pin.error().remedy());
  pins.push_back(*pin);
  return {};
}

}  // namespace

Value header_fields(HttpFieldList& target) { return repeated(target, read_field); }
Value error_files(std::map<int, std::string>& target) { return repeated(target, read_error); }
Value guard_rules(std::vector<HttpGuardRule>& target) { return repeated(target, read_rule); }
Value key_pins(std::vector<TlsPin>& target) { return repeated(target, read_pin); }

Value unless(bool& target) {
  bool taken = false;
  Value value = toggle(taken);
  value.assign = [&target](std::string_view word) -> Stored {
    bool yes = false;
    if (const auto read = toggle(yes).assign(word); !read) return read;
    target = !yes;
    return {};
  };
  return value;
}

void declare_site(Command& command, SiteOptions& site) {
  StaticFolderOptions& folder = site.folder;
  command.flag("--no-list", unless(folder.lists), "do not show what is in a folder");
  command.flag("--archive", toggle(folder.archives), "offer folders as tar and zip");
  command.section("Site");
  command.flag("--index FILE", text(folder.index), "what is shown for a folder that has it");
  command.flag("--spa FILE", text(folder.fallback),
               "show this file where a page is asked for that is not there");
  command.flag("--error STATUS=FILE", error_files(folder.error_files),
               "the page for an error: 404=404.html");
  command.flag("--header FIELD", header_fields(site.fields),
               "add a field to every answer: 'Name: value'");
  command.flag("--cors ORIGIN", text(site.cors),
               "let pages of this origin read the answers; * for all");
  command.flag("--dotfiles", toggle(folder.dotfiles), "serve what begins with a dot, too");
  command.flag("--no-precompressed", unless(folder.files.precompressed),
               "do not look for .br, .zst and .gz beside a file");
  command.flag("--no-compress", unless(folder.files.compress), "do not compress by itself");
}

void declare_proxy_trust(Command& command, SiteOptions& site) {
  command
      .flag("--proxy-ca FILE", file(site.proxy_trust.ca_file),
            "trust these authorities (PEM) in place of the system's, where a rule leads to https")
      .needs("proxy");
  command
      .flag("--proxy-pin SHA256", key_pins(site.proxy_trust.pins),
            "accept only this public key there: the hex SHA-256 of its SPKI")
      .needs("proxy");
}

void declare_uploads(Command& command, SiteOptions& site) {
  command.section("Passwords");
  command.flag("--auth FILE", file(site.accounts),
               "let in only the users of this file (see http passwd)");
  command
      .flag("--auth-for RULE", guard_rules(site.guarded),
            "only for these: '/private', 'PUT,DELETE /files'; any number of times")
      .needs("auth");
  command.section("Uploads");
  command.flag("--upload", toggle(site.uploads), "store files that come by PUT or from a form");
  command
      .flag("--upload-auth FILE", file(site.upload_accounts),
            "let only the users of this file do so")
      .needs("upload");
  command.flag("--upload-limit SIZE", size(site.upload_bytes, 1), "at most so much in one request")
      .needs("upload");
  command
      .flag("--upload-by-anybody", toggle(site.upload_by_anybody),
            "without a password, though other hosts reach the server")
      .needs("upload");
}

const char* why_no_host(std::string_view name) {
  if (name.empty() || name.size() > 253) return "a host's name has 1 to 253 characters";
  if (name.find('*') != std::string_view::npos) return "there are no wildcards; name each host";
  const bool is_address = name.front() == '[' && name.back() == ']';
  const auto fits = [is_address](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || (is_address && (c == ':' || c == '[' || c == ']'));
  };
  if (std::ranges::all_of(name, fits)) return nullptr;
  return "a host's name has letters, digits, '-' and '.', without a port; other alphabets are "
         "written as xn--…";
}

}  // namespace patchbay
