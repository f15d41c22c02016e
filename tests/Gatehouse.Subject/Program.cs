using Gatehouse.Subject;

// A process of its own for what a test cannot do to itself: to be killed, or to load OpenSSL under another configuration.
return args switch
{
    ["commit", string data, string key] => await CommitSubject.RunAsync(data, key),
    ["claim", string data, string key, string prefix] => await ClaimSubject.RunAsync(data, key, prefix),
    ["join", string data, string configuration, string step] => await JoinSubject.RunAsync(data, configuration, step),
    ["mesh", string view] => await MeshSubject.RunAsync(view),
    ["tls", string floor, string data] => await TlsSubject.RunAsync(floor, data),
    _ => 2,
};
