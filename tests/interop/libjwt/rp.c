/* SPDX-License-Identifier: Apache-2.0
 *
 * A relying party in C as agencies write one, with libjwt: rp KEY.pem ISSUER CLIENT < ID_TOKEN
 *
 * libjwt 1.10 checks the signature; alg, iss, aud and exp are the caller's business, so they are
 * looked at here.  Prints the subject; exit 1 with a reason where the token is not to be believed.
 */
#include <jwt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOKEN_MAX 16384
#define KEY_MAX   8192

static int refuse(const char *why);
static size_t read_whole(FILE *file, char *into, size_t size);
static int check(jwt_t *jwt, const char *issuer, const char *client);

int
main(int argc, char **argv)
{
	static char token[TOKEN_MAX], key[KEY_MAX];
	FILE *file;
	jwt_t *jwt;
	size_t n;
	int code;

	if (argc != 4)
		return refuse("usage: rp KEY.pem ISSUER CLIENT < ID_TOKEN");
	file = fopen(argv[1], "r");
	if (!file)
		return refuse("the key cannot be read");
	n = read_whole(file, key, sizeof(key));
	fclose(file);
	read_whole(stdin, token, sizeof(token));
	token[strcspn(token, "\r\n")] = '\0';
	if (jwt_decode(&jwt, token, (const unsigned char *)key, (int)n) != 0)
		return refuse("the signature does not hold");
	code = check(jwt, argv[2], argv[3]);
	jwt_free(jwt);
	return code;
}

static int
refuse(const char *why)
{
	fprintf(stderr, "rp: %s\n", why);
	return 1;
}

static size_t
read_whole(FILE *file, char *into, size_t size)
{
	size_t n = fread(into, 1, size - 1, file);

	into[n] = '\0';
	return n;
}

static int
check(jwt_t *jwt, const char *issuer, const char *client)
{
	const char *iss = jwt_get_grant(jwt, "iss"), *aud = jwt_get_grant(jwt, "aud");
	const char *sub = jwt_get_grant(jwt, "sub");
	jwt_alg_t alg = jwt_get_alg(jwt);

	if (alg != JWT_ALG_ES256 && alg != JWT_ALG_RS256)
		return refuse("the algorithm is not one we asked for");
	if (!iss || strcmp(iss, issuer) != 0)
		return refuse("another issuer");
	if (!aud || strcmp(aud, client) != 0)
		return refuse("for another client");
	if (jwt_get_grant_int(jwt, "exp") <= time(NULL))
		return refuse("expired");
	if (!sub)
		return refuse("no subject");
	puts(sub);
	return 0;
}
