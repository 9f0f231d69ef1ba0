#include "patchbay/http/http_layers.hpp"

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/net/address.hpp"

namespace patchbay {

namespace {

constexpr std::uint16_t k_https_port = 443;

HttpResponse refuse_name() {
  return HttpResponse::error(403,
                             "this server is for this host alone and is not known by that name; "
                             "whoever runs it can give it one: --host NAME=DIR");
}

}  // namespace

// --- fields --------------------------------------------------------------------------------------

std::optional<HttpResponse> HttpAddedFields::answer_now(HttpRequest& request) {
  auto response = inner_->answer_now(request);
  if (!response) return response;
  for (const auto& [name, value] : fields_) response->add(name, value);
  return response;
}

Task<HttpResponse> HttpAddedFields::answer(HttpRequest& request) {
  HttpResponse response = co_await inner_->answer(request);
  for (const auto& [name, value] : fields_) response.add(name, value);
  co_return response;
}

// --- other origins -------------------------------------------------------------------------------

bool HttpCors::is_question(const HttpRequest& request) const {
  return request.is("OPTIONS") && request.fields.has("origin") &&
         request.fields.has("access-control-request-method");
}

void HttpCors::allow(HttpResponse& response) const {
  response.set("Access-Control-Allow-Origin", origin_);  // also in place of what a proxy brings
  if (origin_ != "*") response.add("Vary", "Origin");
}

HttpResponse HttpCors::answer_question(const HttpRequest& request) const {
  HttpResponse response(204);
  allow(response);
  response.add("Access-Control-Allow-Methods", methods_(request));
  const std::string_view fields = request.fields.get("access-control-request-headers");
  if (!fields.empty()) response.add("Access-Control-Allow-Headers", fields);
  response.add("Access-Control-Max-Age", "600");
  return response;
}

std::optional<HttpResponse> HttpCors::answer_now(HttpRequest& request) {
  if (is_question(request)) return answer_question(request);
  auto response = inner_->answer_now(request);
  if (response) allow(*response);
  return response;
}

Task<HttpResponse> HttpCors::answer(HttpRequest& request) {
  if (is_question(request)) co_return answer_question(request);
  HttpResponse response = co_await inner_->answer(request);
  allow(response);
  co_return response;
}

// --- hosts ---------------------------------------------------------------------------------------

std::string host_name_of(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = host.substr(0, colon);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  return in_ascii_lower(host);
}

void HttpHosts::add(std::string_view host, std::shared_ptr<HttpHandler> handler) {
  handlers_[host_name_of(host)] = std::move(handler);
}

HttpHandler& HttpHosts::handler_for(const HttpRequest& request) const {
  const auto found = handlers_.find(host_name_of(request.host));
  return found == handlers_.end() ? *otherwise_ : *found->second;
}

std::optional<HttpResponse> HttpHosts::answer_now(HttpRequest& request) {
  return handler_for(request).answer_now(request);
}

Task<HttpResponse> HttpHosts::answer(HttpRequest& request) {
  return handler_for(request).answer(request);
}

// --- to TLS --------------------------------------------------------------------------------------

// Host and target are visible ASCII, and nothing in them can end the host.
HttpResponse HttpToTls::redirect(const HttpRequest& request) const {
  const std::string host = host_name_of(request.host);
  if (host.empty()) return HttpResponse::error(400, "it names no host, and there is only https");
  std::string location = "https://" + host;
  if (port_ != k_https_port) location += ":" + std::to_string(port_);
  if (request.path.starts_with('/')) location += request.path;  // else OPTIONS *
  if (!request.query.empty()) location.append("?").append(request.query);
  return HttpResponse::redirect(std::move(location), 308);
}

std::optional<HttpResponse> HttpToTls::answer_now(HttpRequest& request) {
  if (!request.secure) return redirect(request);
  return inner_->answer_now(request);
}

Task<HttpResponse> HttpToTls::answer(HttpRequest& request) {
  if (!request.secure) co_return redirect(request);
  co_return co_await inner_->answer(request);
}

// --- this host alone -----------------------------------------------------------------------------

bool is_local_name(std::string_view host) {
  const std::string name = host_name_of(host);
  return name.empty() || name == "localhost" || name.ends_with(".localhost") ||
         IpAddress::parse(name).has_value();
}

bool HttpLocalNames::knows(std::string_view host) {
  if (!known_.empty() && host == known_) return true;
  if (!is_local_name(host)) return false;
  known_ = host;
  return true;
}

std::optional<HttpResponse> HttpLocalNames::answer_now(HttpRequest& request) {
  if (knows(request.host)) return inner_->answer_now(request);
  return refuse_name();
}

// It may have come in front of the request only now (HttpExchangeable).
Task<HttpResponse> HttpLocalNames::refuse() { co_return refuse_name(); }

Task<HttpResponse> HttpLocalNames::answer(HttpRequest& request) {
  return knows(request.host) ? inner_->answer(request) : refuse();
}

// --- exchange ------------------------------------------------------------------------------------

std::optional<HttpResponse> HttpExchangeable::answer_now(HttpRequest& request) {
  if (auto other = refresh_()) current_ = std::move(other);
  return current_->answer_now(request);
}

Task<HttpResponse> HttpExchangeable::answer(HttpRequest& request) {
  const std::shared_ptr<HttpHandler> mine = current_;
  co_return co_await mine->answer(request);
}

}  // namespace patchbay
