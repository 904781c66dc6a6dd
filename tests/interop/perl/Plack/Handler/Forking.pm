# SPDX-License-Identifier: Apache-2.0
# plackup -s Forking: each connection a process of its own.  Plack's own server waits for the request of whoever came
# first, 300 s long: a browser opens connections that it may never use, and all others wait behind one.
package Plack::Handler::Forking;
use strict;
use warnings;
use parent 'HTTP::Server::PSGI';
use POSIX ();

sub run {
    my ($self, $app) = @_;
    $SIG{CHLD} = 'IGNORE';
    $self->SUPER::run($app);
}

sub handle_connection {
    my ($self, @connection) = @_;
    my $pid = fork // die "fork: $!";
    return if $pid;
    $SIG{CHLD} = 'DEFAULT';
    $self->SUPER::handle_connection(@connection);
    $connection[1]->close;
    POSIX::_exit(0);
}

1;
