#include "patchbay/tools/http/get_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/http/http_client_request.hpp"
#include "patchbay/tools/http/file_source.hpp"
#include "patchbay/tools/http/secret_file.hpp"
#include "patchbay/wire/field_line.hpp"

namespace patchbay {

namespace {

constexpr std::uint32_t k_gathered_bytes = 16 * 1024 * 1024;  // there is only one request

std::unexpected<Refused> refuse(const Error& error, int code = exit_usage) {
  return std::unexpected(Refused{Failure(error), code});
}
// Of a file that the command line names: the words are right, the file is not.
std::unexpected<Refused> refuse_file(const Error& error) {
  return refuse(error, exit_code_of(error));
}

// -H 'Name: value', and -H @FILE for those that are nobody's to see.
std::expected<void, Refused> add_fields(const std::vector<std::string>& words,
                                        HttpClientRequest& request) {
  for (const std::string& word : words) {
    if (word.starts_with('@')) {
      auto some = read_secret_fields(word.substr(1));
      if (!some) return refuse_file(some.error());
      for (auto& field : *some) {
        request.private_names.push_back(field.first);
        request.fields.push_back(std::move(field));
      }
      continue;
    }
    auto field = parse_field(word);
    if (!field) return refuse(field.error());
    if (is_secret_field(field->first)) {
      return std::unexpected(Refused{
          Failure(fmt::format("the field {} is a secret", escape_terminal(field->first)),
                  "whoever looks at the list of processes sees the command line",
                  "put it into a file of mode 600 and give -H @FILE, or --auth-file FILE")});
    }
    request.fields.push_back(std::move(*field));
  }
  return {};
}

std::expected<void, Refused> add_body(const std::string& data, GetPlan& plan) {
  const bool is_file = data.starts_with('@');
  if (is_file) {
    auto source = FileSource::open(data.substr(1));
    if (!source) return refuse_file(source.error());
    plan.body_file = std::move(*source);
  } else {
    plan.body = data;
  }
  if (!has_field(plan.request.fields, "content-type")) {
    plan.request.fields.emplace_back(
        "Content-Type", is_file ? "application/octet-stream" : "application/x-www-form-urlencoded");
  }
  return {};
}

std::expected<void, Refused> choose_file(const GetFlags& flags, GetPlan& plan) {
  if (flags.output && *flags.output != "-") plan.file = *flags.output;
  if (flags.remote_name) {
    plan.file = file_name_of(plan.request.url);
    plan.replace = false;
    if (!plan.file) {
      return std::unexpected(Refused{Failure("the URL has no name for a file",
                                             "its path ends in nothing that can be one",
                                             "name it yourself with -o FILE")});
    }
  }
  if (plan.go_on && !plan.file) {
    return std::unexpected(Refused{Failure("there is nothing to go on with",
                                           "--continue is for a download into a file",
                                           "name it with -o FILE, or with -O as the URL ends")});
  }
  return {};
}

bool has_scheme(const std::string& typed) { return typed.find("://") < typed.find_first_of("/?#"); }

}  // namespace

std::optional<std::string> file_name_of(const HttpUrl& url) {
  const std::string_view path = url.path();
  const std::string_view segment = path.substr(path.rfind('/') + 1);
  std::string name;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      name += segment[i];
      continue;
    }
    name +=
        static_cast<char>(hex_digit_value(segment[i + 1]) * 16 + hex_digit_value(segment[i + 2]));
    i += 2;
  }
  const bool sound =
      !name.empty() && name.front() != '.' && name.size() < 240 &&
      std::ranges::none_of(name, [](char c) { return c == '/' || is_ascii_control(c); });
  return sound ? std::optional(name) : std::nullopt;
}

std::expected<TlsClientOptions, Refused> plan_trust(const HttpTrustFlags& flags,
                                                    const std::string& typed, const HttpUrl& url) {
  // Authorities may be a lasting setting, which counts where the server is asked over https.
  const bool names_somebody = !flags.pins.empty() || (flags.ca_file && !has_scheme(typed));
  if (!url.secure && names_somebody) {
    return std::unexpected(Refused{Failure(
        fmt::format("over http {} proves nothing", flags.pins.empty() ? "--tls-ca" : "--pin"),
        "there is no certificate, so anybody may be at the other end",
        fmt::format("https://{}", escape_terminal(url.authority())))});
  }
  TlsClientOptions tls{.verify = !flags.insecure, .ca_file = flags.ca_file.value_or("")};
  for (const std::string& word : flags.pins) {
    const auto pin = TlsPin::parse(word);
    if (!pin) return refuse(pin.error());
    tls.pins.push_back(*pin);
  }
  return tls;
}

std::expected<GetPlan, Refused> plan_get(const GetFlags& flags) {
  GetPlan plan{.go_on = flags.go_on,
               .head_only = flags.head,
               .show_head = flags.include || flags.head,
               .timeout = flags.timeout,
               .max_time = flags.max_time,
               .max_size = flags.max_size};
  const auto url = HttpUrl::parse_typed(flags.url);
  if (!url) return refuse(url.error());
  plan.request.url = *url;
  plan.request.method = flags.method.value_or(flags.head ? "HEAD" : flags.data ? "POST" : "GET");

  const auto tls = plan_trust(flags, flags.url, plan.request.url);
  if (!tls) return std::unexpected(tls.error());
  plan.client.tls = *tls;
  plan.client.limits.gathered_bytes = k_gathered_bytes;
  if (flags.http1) plan.client.versions = HttpVersions::http1;
  if (flags.http2) plan.client.versions = HttpVersions::http2;
  plan.client.follow_redirects = !flags.no_redirect;
  plan.client.most_redirects = flags.max_redirects;
  plan.client.allow_downgrade = flags.allow_downgrade;
  plan.client.least_rate = flags.min_rate.value_or(0) / 8;

  if (const auto added = add_fields(flags.fields, plan.request); !added) {
    return std::unexpected(added.error());
  }
  if (flags.auth_file) {
    auto credentials = read_basic_credentials(*flags.auth_file);
    if (!credentials) return refuse_file(credentials.error());
    plan.request.fields.emplace_back("Authorization", std::move(*credentials));
  }
  if (flags.data) {
    if (const auto added = add_body(*flags.data, plan); !added) {
      return std::unexpected(added.error());
    }
  }
  if (const auto chosen = choose_file(flags, plan); !chosen) {
    return std::unexpected(chosen.error());
  }
  if (const auto checked = check_request(plan.request); !checked) return refuse(checked.error());
  return plan;
}

}  // namespace patchbay
