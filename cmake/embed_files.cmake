# embed_files(OUT NAME FILE...): a C header OUT with an array NAME of {name, text} of the files, as they
# are when CMake runs; it runs again when one of them changes.
function(embed_files out name)
	set(rows "")
	foreach(file ${ARGN})
		file(READ ${file} hex HEX)
		string(REGEX REPLACE "(..)" "\\\\x\\1" octets "${hex}")
		# Short literals, so that no hexadecimal digit of the next is taken for one of the last.
		string(REGEX REPLACE "(\\\\x..)" "\"\\1\" " octets "${octets}")
		get_filename_component(base ${file} NAME)
		string(APPEND rows "\t{\"${base}\", ${octets}},\n")
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	endforeach()
	file(CONFIGURE OUTPUT ${out} CONTENT "static const struct {\n\tconst char *name, *text;\n} ${name}[] = {\n${rows}};\n" @ONLY)
endfunction()
