#include "patchbay/http/http_router.hpp"

#include <algorithm>

#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_placeholder(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool takes_rest(std::string_view segment) {
  return is_placeholder(segment) && segment.ends_with("...}");
}

std::string name_of(std::string_view placeholder) {
  const std::size_t dots = takes_rest(placeholder) ? 3 : 0;
  return std::string(placeholder.substr(1, placeholder.size() - 2 - dots));
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string join(const std::vector<std::string>& segments, std::size_t from) {
  std::string path;
  for (std::size_t i = from; i < segments.size(); ++i) {
    if (i > from) path += '/';
    path += segments[i];
  }
  return path;
}

// Does the path fit the pattern? What the placeholders take is appended.
bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
          Parameters& parameters) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (takes_rest(pattern[i])) {
      parameters.emplace_back(name_of(pattern[i]), join(path, std::min(i, path.size())));
      return true;
    }
    if (i >= path.size()) return false;
    if (is_placeholder(pattern[i])) {
      if (path[i].empty()) return false;
      parameters.emplace_back(name_of(pattern[i]), path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return pattern.size() == path.size();
}

// Routes with fewer placeholders further to the front come first: "/users/me" before "/users/{id}".
bool is_more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const int left = takes_rest(a[i]) ? 2 : is_placeholder(a[i]) ? 1 : 0;
    const int right = takes_rest(b[i]) ? 2 : is_placeholder(b[i]) ? 1 : 0;
    if (left != right) return left < right;
  }
  return false;
}

void note_method(std::string& allowed, const std::string& method) {
  if (list_has(allowed, method)) return;
  if (!allowed.empty()) allowed += ", ";
  allowed += method;
  if (method == "GET") note_method(allowed, "HEAD");
}

HttpResponse tell_methods(std::string allowed, bool asked) {
  note_method(allowed, "OPTIONS");
  HttpResponse response = asked ? HttpResponse(204) : HttpResponse::error(405);
  response.add("Allow", allowed);
  return response;
}

}  // namespace

HttpRouter& HttpRouter::add(std::string method, std::string_view pattern, HttpFunction handler) {
  return add({.method = std::move(method), .waits = std::move(handler)}, pattern);
}

HttpRouter& HttpRouter::add(std::string method, std::string_view pattern, HttpInstant handler) {
  return add({.method = std::move(method), .instant = std::move(handler)}, pattern);
}

HttpRouter& HttpRouter::add(Route route, std::string_view pattern) {
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  route.segments = split(pattern);
  const auto place = std::ranges::find_if(
      routes_, [&](const Route& other) { return is_more_literal(route.segments, other.segments); });
  routes_.insert(place, std::move(route));
  return *this;
}

HttpRouter& HttpRouter::mount(std::string prefix, std::shared_ptr<HttpHandler> handler) {
  while (prefix.ends_with('/')) prefix.pop_back();
  const auto place = std::ranges::find_if(
      mounts_, [&](const Mount& other) { return other.prefix.size() < prefix.size(); });
  mounts_.insert(place, {std::move(prefix), std::move(handler)});
  return *this;
}

const HttpRouter::Mount* HttpRouter::find_mount(std::string_view path) const {
  const auto found = std::ranges::find_if(mounts_, [path](const Mount& mount) {
    if (!path.starts_with(mount.prefix)) return false;
    return path.size() == mount.prefix.size() || path[mount.prefix.size()] == '/';
  });
  return found == mounts_.end() ? nullptr : &*found;
}

HttpRouter::Way HttpRouter::find(HttpRequest& request) const {
  std::string allowed;
  if (!routes_.empty() && request.path != "*") {
    const auto path = decode_path(request.path);
    if (!path) return {.answer = HttpResponse::error(400, "its path cannot be read")};
    std::vector<std::string> segments = split(path->path);
    if (path->folder && !path->path.empty()) segments.emplace_back();
    // What a handler is given goes into fields, pages and logs: only a file may be named so.
    const bool is_sound = !has_control_character(*path);
    for (const Route& route : routes_) {
      Parameters parameters;
      if (!is_sound || !fits(route.segments, segments, parameters)) continue;
      note_method(allowed, route.method);
      if (route.method != request.method && !(route.method == "GET" && request.is("HEAD")))
        continue;
      request.parameters = std::move(parameters);
      return {.route = &route};
    }
  }
  if (!allowed.empty()) return {.answer = tell_methods(allowed, request.is("OPTIONS"))};
  if (const Mount* mount = find_mount(request.path)) {
    request.path.remove_prefix(mount->prefix.size());
    if (request.path.empty()) request.path = "/";
    return {.handler = mount->handler.get()};
  }
  if (request.path == "*") return {.answer = HttpResponse(204)};
  return {.answer = HttpResponse::error(404, "there is nothing at this address")};
}

std::optional<HttpResponse> HttpRouter::answer_now(HttpRequest& request) {
  const std::string_view path = request.path;
  Way way = find(request);
  if (way.answer) return std::move(way.answer);
  if (way.route != nullptr && way.route->instant) return way.route->instant(request);
  std::optional<HttpResponse> now;
  if (way.handler != nullptr) now = way.handler->answer_now(request);
  if (!now) request.path = path;  // answer() finds its way by itself
  return now;
}

Task<HttpResponse> HttpRouter::answer(HttpRequest& request) {
  const Way way = find(request);
  if (way.answer) co_return *way.answer;
  if (way.route == nullptr) co_return co_await way.handler->answer(request);
  if (way.route->instant) co_return way.route->instant(request);
  co_return co_await way.route->waits(request);
}

}  // namespace patchbay
