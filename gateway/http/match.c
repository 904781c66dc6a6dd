/* SPDX-License-Identifier: Apache-2.0
 *
 * The route table: literal paths in a hash, patterns one after the other.  Called by the door.
 */
#include "http/match.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* All routes of one path. */
struct place {
	const char *path;
	const struct route **routes;
	size_t n_routes;
	char *allow;
	struct place *next; /* in the bucket, or in the list of patterns */
};

struct match_table {
	struct place **buckets;
	size_t n_buckets; /* a power of two */
	struct place *patterns;
};

static struct place *place_find(struct match_table *table, const char *path);
static struct place *place_add(struct match_table *table, const char *path);
static void place_route_add(struct place *place, const struct route *route);
static void place_free(struct place *places);
static void allow_add(struct place *place, const char *method);
static bool is_pattern(const char *path);
static unsigned rank(const char *path);
static size_t hash(const char *path);
static const struct place *search(
    struct task *task, const struct match_table *table, const char *path, struct match *ret_match);
static bool pattern_takes(
    struct task *task, const char *pattern, const char *path, struct match *ret_match);
static const struct route *route_of(const struct place *place, const char *method);
static bool method_fits(const char *of_route, const char *method);

struct match_table *
match_table_new(const struct route *routes, size_t n_routes)
{
	struct match_table *table = calloc(1, sizeof *table);
	struct place *place;
	size_t i;

	if (table == NULL)
		abort();
	for (table->n_buckets = 16; table->n_buckets < 2 * n_routes;)
		table->n_buckets *= 2;
	table->buckets = calloc(table->n_buckets, sizeof(struct place *));
	if (table->buckets == NULL)
		abort();
	for (i = 0; i < n_routes; i++) {
		assert(routes[i].path[0] == '/' && routes[i].handler != NULL);
		place = place_find(table, routes[i].path);
		if (place == NULL)
			place = place_add(table, routes[i].path);
		place_route_add(place, &routes[i]);
	}
	return table;
}

static struct place *
place_find(struct match_table *table, const char *path)
{
	struct place *place = is_pattern(path)
				  ? table->patterns
				  : table->buckets[hash(path) & (table->n_buckets - 1)];

	while (place != NULL && strcmp(place->path, path) != 0)
		place = place->next;
	return place;
}

static struct place *
place_add(struct match_table *table, const char *path)
{
	struct place *place = calloc(1, sizeof *place), **at;

	if (place == NULL)
		abort();
	place->path = path;
	if (is_pattern(path)) {
		for (at = &table->patterns; *at != NULL && rank((*at)->path) <= rank(path);)
			at = &(*at)->next;
	} else {
		at = &table->buckets[hash(path) & (table->n_buckets - 1)];
	}
	place->next = *at;
	*at = place;
	return place;
}

static void
place_route_add(struct place *place, const struct route *route)
{
	place->routes = realloc(place->routes, (place->n_routes + 1) * sizeof *place->routes);
	if (place->routes == NULL)
		abort();
	place->routes[place->n_routes++] = route;
	if (strcmp(route->method, "*") == 0) {
		allow_add(place, "GET, HEAD, POST, PUT, DELETE, PATCH");
		return;
	}
	allow_add(place, route->method);
	if (strcmp(route->method, "GET") == 0)
		allow_add(place, "HEAD");
	if ((route->guards & (ROUTE_CORS | ROUTE_WALLETS)) &&
	    strstr(place->allow, "OPTIONS") == NULL)
		allow_add(place, "OPTIONS");
}

static void
allow_add(struct place *place, const char *method)
{
	size_t len = place->allow == NULL ? 0 : strlen(place->allow);
	size_t size = len + strlen(method) + 3;

	place->allow = realloc(place->allow, size);
	if (place->allow == NULL)
		abort();
	if (len > 0)
		memcpy(place->allow + len, ", ", 2), len += 2;
	memcpy(place->allow + len, method, strlen(method) + 1);
}

void
match_table_free(struct match_table *table)
{
	size_t i;

	if (table == NULL)
		return;
	for (i = 0; i < table->n_buckets; i++)
		place_free(table->buckets[i]);
	place_free(table->patterns);
	free(table->buckets);
	free(table);
}

static void
place_free(struct place *places)
{
	struct place *next;

	for (; places != NULL; places = next) {
		next = places->next;
		free(places->routes);
		free(places->allow);
		free(places);
	}
}

static bool
is_pattern(const char *path)
{
	return strpbrk(path, "{*") != NULL;
}

/* Fewer captures first, then those with a rest. */
static unsigned
rank(const char *path)
{
	unsigned n = 0;
	const char *at;

	for (at = path; *at != 0; at++)
		n += *at == '{' ? 1u : *at == '*' ? 100u : 0u;
	return n;
}

static size_t
hash(const char *path)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (; *path != 0; path++)
		sum = (sum ^ (unsigned char)*path) * 0x100000001b3u;
	return (size_t)(sum ^ (sum >> 29));
}

int
match_find(struct task *task, const struct match_table *table, const char *method, const char *path,
    struct match *ret_match)
{
	struct match match = {0};
	const struct place *place = search(task, table, path, &match);

	if (place == NULL)
		return fail(task, NOT_FOUND, "no route has this path");
	match.allow = place->allow;
	match.route = route_of(place, method);
	if (match.route == NULL) {
		match.route = place->routes[0];
		*ret_match = match;
		return fail(task, METHOD_NOT_ALLOWED, "this path does not take this method");
	}
	*ret_match = match;
	return 0;
}

static const struct place *
search(
    struct task *task, const struct match_table *table, const char *path, struct match *ret_match)
{
	const struct place *place = table->buckets[hash(path) & (table->n_buckets - 1)];

	for (; place != NULL; place = place->next)
		if (strcmp(place->path, path) == 0)
			return place;
	for (place = table->patterns; place != NULL; place = place->next)
		if (pattern_takes(task, place->path, path, ret_match))
			return place;
	return NULL;
}

static bool
pattern_takes(struct task *task, const char *pattern, const char *path, struct match *ret_match)
{
	struct pair captures[MATCH_MAX_CAPTURES], *kept;
	size_t n = 0, len, name_len;

	while (*pattern != 0 && *pattern != '*') {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		name_len = strcspn(pattern, "}") - 1;
		len = strcspn(path, "/");
		if (len == 0)
			return false;
		assert(n < MATCH_MAX_CAPTURES);
		captures[n].name = task_dup_n(task, pattern + 1, name_len);
		captures[n++].value = task_dup_n(task, path, len);
		pattern += name_len + 2;
		path += len;
	}
	if (*pattern == 0 && *path != 0)
		return false;
	kept = task_new_n(task, struct pair, n + 1);
	memcpy(kept, captures, n * sizeof *kept);
	ret_match->captures = (struct pairs){kept, n};
	ret_match->rest = *pattern == '*' ? path : NULL;
	return true;
}

/* A route of this very method before one that takes it as well. */
static const struct route *
route_of(const struct place *place, const char *method)
{
	size_t i;

	for (i = 0; i < place->n_routes; i++)
		if (strcmp(place->routes[i]->method, method) == 0 && strcmp(method, "*") != 0)
			return place->routes[i];
	for (i = 0; i < place->n_routes; i++)
		if (method_fits(place->routes[i]->method, method) ||
		    ((place->routes[i]->guards & (ROUTE_CORS | ROUTE_WALLETS)) &&
			strcmp(method, "OPTIONS") == 0))
			return place->routes[i];
	return NULL;
}

static bool
method_fits(const char *of_route, const char *method)
{
	static const char *const any[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"};
	size_t i;

	if (strcmp(of_route, "GET") == 0)
		return strcmp(method, "HEAD") == 0;
	if (strcmp(of_route, "*") != 0)
		return false;
	for (i = 0; i < sizeof any / sizeof *any; i++)
		if (strcmp(any[i], method) == 0)
			return true;
	return false;
}
