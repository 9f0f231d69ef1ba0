#include "patchbay/http/http_listeners.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

HttpListeners::HttpListeners(std::vector<HttpListener> first) {
  for (HttpListener& listener : first) add(std::move(listener));
}

HttpListener& HttpListeners::add(HttpListener listener) {
  Place& place = places_.emplace_back(std::move(listener));
  changed_.set();
  return place.listener;
}

void HttpListeners::retire(HttpListener& listener) {
  const auto place =
      std::ranges::find_if(places_, [&](const Place& each) { return &each.listener == &listener; });
  if (place == places_.end()) return;
  if (place->is_open) {
    place->retired.set();
  } else {
    places_.erase(place);
  }
}

HttpListeners::Place* HttpListeners::next_to_open() {
  const auto place = std::ranges::find(places_, false, &Place::is_open);
  if (place == places_.end()) return nullptr;
  place->is_open = true;
  return &*place;
}

void HttpListeners::remove(const Place& place) {
  places_.remove_if([&](const Place& each) { return &each == &place; });
}

}  // namespace patchbay
