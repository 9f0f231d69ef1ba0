#include "patchbay/http/http_response.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/html.hpp"
#include "patchbay/wire/http_field.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_html = "text/html; charset=utf-8";

// One page for all that goes wrong. It loads nothing, so it looks the same everywhere.
constexpr std::string_view k_error_page = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<style>body{{margin:2rem auto;max-width:40rem;padding:0 1rem;font:1rem/1.5 system-ui}}</style>
<title>{0} {1}</title>
<h1>{0} {1}</h1>
<p>{2}</p>
</html>
)";

std::string without_controls(std::string_view value) {
  std::string clean(value);
  std::ranges::replace_if(clean, is_ascii_control, ' ');
  return clean;
}

std::uint64_t size_of(const std::variant<std::string, HttpFilePart>& part) {
  if (const auto* text = std::get_if<std::string>(&part)) return text->size();
  return std::get<HttpFilePart>(part).length;
}

}  // namespace

HttpFile::~HttpFile() { ::close(descriptor_); }

std::shared_ptr<const HttpPrepared> HttpPrepared::make(int status, HttpFieldList fields,
                                                       std::string body) {
  auto answer = std::make_shared<HttpPrepared>();
  answer->status = status;
  std::erase_if(fields, [](const auto& field) { return !is_http_token(field.first); });
  for (auto& [name, value] : fields) {
    value = without_controls(value);
    answer->lines += fmt::format("{}: {}\r\n", name, value);
  }
  if (status != 204 && status != 304) {
    answer->lines += fmt::format("Content-Length: {}\r\n", body.size());
  }
  answer->fields = std::move(fields);
  answer->body = std::move(body);
  return answer;
}

HttpResponse HttpResponse::of(std::string_view type, std::string content) {
  HttpResponse response;
  response.add("Content-Type", type);
  response.body = std::move(content);
  return response;
}

HttpResponse HttpResponse::text(std::string content) {
  return of("text/plain; charset=utf-8", std::move(content));
}

HttpResponse HttpResponse::html(std::string content) { return of(k_html, std::move(content)); }

HttpResponse HttpResponse::json(std::string content) {
  return of("application/json", std::move(content));
}

HttpResponse HttpResponse::error(int code, std::string_view why) {
  HttpResponse response =
      html(fmt::format(k_error_page, code, reason_phrase(code), escape_html(why)));
  response.status = code;
  response.add("Cache-Control", "no-store");
  return response;
}

HttpResponse HttpResponse::redirect(std::string location, int code) {
  HttpResponse response(code);
  response.add("Location", location);
  response.body = std::string();
  return response;
}

HttpResponse HttpResponse::prepared(std::shared_ptr<const HttpPrepared> answer) {
  HttpResponse response(answer->status);
  response.body = std::move(answer);
  return response;
}

HttpResponse HttpResponse::stream(std::string_view type, std::shared_ptr<HttpSource> source) {
  HttpResponse response;
  response.add("Content-Type", type);
  response.body = std::move(source);
  return response;
}

HttpResponse HttpResponse::switching(std::shared_ptr<HttpUpgrade> upgrade) {
  HttpResponse response(101);
  response.upgrade = std::move(upgrade);
  return response;
}

HttpResponse& HttpResponse::add(std::string name, std::string_view value) {
  if (is_http_token(name)) fields.emplace_back(std::move(name), without_controls(value));
  return *this;
}

HttpResponse& HttpResponse::set(std::string_view name, std::string_view value) {
  std::erase_if(fields,
                [name](const auto& field) { return equal_ignoring_case(field.first, name); });
  return add(std::string(name), value);
}

std::string_view HttpResponse::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

std::optional<std::uint64_t> HttpResponse::body_bytes() const {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* part = std::get_if<HttpFilePart>(&body)) return part->length;
  if (const auto* prepared = std::get_if<std::shared_ptr<const HttpPrepared>>(&body)) {
    return (*prepared)->body.size();
  }
  if (const auto* source = std::get_if<std::shared_ptr<HttpSource>>(&body)) {
    return (*source)->size();
  }
  std::uint64_t sum = 0;
  if (const auto* parts = std::get_if<HttpParts>(&body)) {
    for (const auto& part : *parts) sum += size_of(part);
  }
  return sum;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Status";
  }
}

}  // namespace patchbay
