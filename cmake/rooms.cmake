# dvara_room(NAME [ON room...] [LIBS lib...]): one folder, one static library.
#
# A file says #include "core/task.h".  The include path of a room holds itself and the rooms it
# stands ON, as links in the build folder, so an include against the floor order does not compile.
function(dvara_room name)
	cmake_parse_arguments(room "" "" "ON;LIBS" ${ARGN})
	file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
	list(FILTER sources EXCLUDE REGEX "/compiler/")
	set(door ${CMAKE_BINARY_DIR}/rooms/${name})
	file(MAKE_DIRECTORY ${door})
	file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${door}/${name} SYMBOLIC)
	if(sources)
		add_library(${name} STATIC ${sources})
		target_include_directories(${name} PUBLIC ${door})
		target_link_libraries(${name} PUBLIC ${room_ON} PkgConfig::jansson PRIVATE ${room_LIBS})
	else()
		add_library(${name} INTERFACE)
		target_include_directories(${name} INTERFACE ${door})
		target_link_libraries(${name} INTERFACE ${room_ON} PkgConfig::jansson)
	endif()
endfunction()

# dvara_unit(NAME SOURCE room...): one cmocka program beside the room it tests; it starts with
# #include "unit/unit.h".
function(dvara_unit name source)
	add_executable(${name} ${source})
	target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
	target_link_libraries(${name} PRIVATE ${ARGN} PkgConfig::cmocka)
	add_test(NAME ${name} COMMAND ${name})
	set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()
