# Warnings and hardening after the OpenSSF compiler guide; what a compiler does not know is left out.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

function(dvara_add_flags)
	set(CMAKE_REQUIRED_FLAGS -Werror) # clang only warns of a flag that does nothing
	foreach(flag IN LISTS ARGN)
		string(MAKE_C_IDENTIFIER "HAS${flag}" known)
		check_c_compiler_flag(${flag} ${known})
		if(${known})
			add_compile_options(${flag})
		endif()
	endforeach()
endfunction()

dvara_add_flags(-Wall -Wextra -Wformat=2 -Werror=format-security -Wconversion -Wsign-conversion
	-Wimplicit-fallthrough -Wshadow -Wvla -Walloca -Wtrampolines -Wbidi-chars=any -Wstrict-prototypes
	-Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wundef -Werror=implicit
	-Werror=incompatible-pointer-types -Werror=int-conversion)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
	add_compile_options(-Wno-string-conversion) # assert(!"what cannot be") says why
endif()
if(DVARA_WERROR)
	add_compile_options(-Werror)
endif()

dvara_add_flags(-fstack-protector-strong -fstack-clash-protection -fcf-protection=full
	-mbranch-protection=standard -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
	-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
	set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
	add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
	# Loops and tables are small: nothing is gained by -O3 but code.  NDEBUG stays off: an
	# assertion marks our own mistake, and a gateway in doubt stops.
endif()

include(CheckPIESupported)
check_pie_supported()
foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed
	-Wl,--no-copy-dt-needed-entries)
	add_link_options(${flag})
endforeach()

if(DVARA_SANITIZE)
	add_compile_options(-fsanitize=${DVARA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${DVARA_SANITIZE})
endif()
if(DVARA_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(DVARA_TESTING)
	add_compile_definitions(DVARA_TESTING=1)
endif()
add_compile_definitions(_GNU_SOURCE=1 DVARA_VERSION="${PROJECT_VERSION}")
