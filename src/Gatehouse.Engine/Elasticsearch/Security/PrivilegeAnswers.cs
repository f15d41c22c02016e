namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Privileges that there are, and application privileges, of which Gatehouse keeps none: an application that registers its own (Kibana
/// does at each start) is told that none was made, and goes on.
/// </summary>
internal static class PrivilegeAnswers
{
    private const string Manage = "manage_security";
    private const string KibanaSystem = "kibana_system";
    private const string KibanaApplications = "kibana-";
    private const int MostNames = 10_000;

    /// <summary>Answers what is under <c>/_security/privilege</c>.</summary>
    public static SecurityReply Answer(SecurityCall call, string[] path) => (call.Method, path) switch
    {
        ("GET", [_, "_builtin"]) => SecurityRights.Needs(call, "read_security") ?? BuiltIn(),
        ("GET", [_]) => SecurityRights.Needs(call, "read_security") ?? SecurityReply.Of(static _ => { }),
        ("GET", [_, var application]) => NeedsFor(call, application, "read_security") ?? SecurityReply.Of(static _ => { }),
        ("GET", [_, var application, _]) => NeedsFor(call, application, "read_security") ?? SecurityReply.Of(static _ => { }, 404),
        ("PUT" or "POST", [_]) => Put(call),
        ("DELETE", [_, var application, var names]) => NeedsFor(call, application, Manage) ?? Delete(application, names),
        _ => SecurityReply.NotServed(call),
    };

    private static SecurityReply BuiltIn() => SecurityReply.Of(static json =>
    {
        ElasticRoles.WriteTexts(json, "cluster", PrivilegeWords.Cluster);
        ElasticRoles.WriteTexts(json, "index", PrivilegeWords.Index);
        ElasticRoles.WriteTexts(json, "remote_cluster", []);
    });

    private static SecurityReply Put(SecurityCall call)
    {
        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            // Who may not write privileges hears that first, whatever the body is.
            return SecurityRights.Needs(call, Manage) ?? SecurityReply.Unreadable(wrong!);
        }

        string[] applications = [.. body.Names];
        foreach (string application in applications.Length == 0 ? [""] : applications)
        {
            if (NeedsFor(call, application, Manage) is { } denied)
            {
                return denied;
            }
        }

        (string Application, IReadOnlyList<string> Names)[] registered = [.. applications.Select(application => (application, body.FreeNames(application) ?? []))];
        return body.Fault() is { } fault ? SecurityReply.Wrong(fault)
            : registered.Sum(static one => one.Names.Count) > MostNames ? SecurityReply.Wrong($"more than {MostNames} privileges at once")
            : SecurityReply.Of(json =>
            {
                foreach ((string application, IReadOnlyList<string> names) in registered)
                {
                    json.WriteStartObject(application);
                    foreach (string name in names)
                    {
                        json.WriteStartObject(name);
                        json.WriteBoolean("created", false);
                        json.WriteEndObject();
                    }

                    json.WriteEndObject();
                }
            });
    }

    private static SecurityReply Delete(string application, string names) => SecurityReply.Of(
        json =>
        {
            json.WriteStartObject(application);
            foreach (string name in names.Split(',').Distinct(StringComparer.Ordinal))
            {
                json.WriteStartObject(name);
                json.WriteBoolean("found", false);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        },
        404);

    // Elastic's kibana_system may manage the privileges of applications kibana-*, and no others.
    private static SecurityReply? NeedsFor(SecurityCall call, string application, string privilege) =>
        application.StartsWith(KibanaApplications, StringComparison.Ordinal) && SecurityRights.IsBuiltIn(call.Snapshot.Document, KibanaSystem)
        && call.Context.Limit.IsDefault && call.Context.Roles.Contains(KibanaSystem)
            ? null
            : SecurityRights.Needs(call, privilege);
}
