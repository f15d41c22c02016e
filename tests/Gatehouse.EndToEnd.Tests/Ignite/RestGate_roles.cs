using System.Net.Http.Headers;
using System.Text;
using Gatehouse.EndToEnd.Tests.Ipfs;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>
/// What each role may, tried through the gate at every endpoint of the table: docs/architecture/ignite-rest-roles.txt;
/// GATEHOUSE_UPDATE_GOLDEN=1 writes it anew.
/// </summary>
[Collection(nameof(RestGate))]
public sealed class RestGate_roles(RestGate rest)
{
    private const string Explanation = """
        What each role may at Ignite's REST API, as the gate answered it. `orders` is no built-in role: it may deploy units `orders` alone.
        Numbers are refusals of the gate; what is `allowed` reached the node.
        """;

    private const string Form = "--b\r\nContent-Disposition: form-data; name=\"unitContent\"; filename=\"a.jar\"\r\n\r\nx\r\n--b--\r\n";
    private const string Security = "ignite.security.enabled=false";
    private const string Sql = "ignite.sql.planner.maxPlanningTimeMillis=1";

    private static readonly string[] Roles = ["anonymous", .. RestGate.Roles, "orders"];

    [Fact]
    public async Task They_are_the_golden_file()
    {
        var clients = Roles.ToDictionary(static r => r, r => rest.Daemon.Client(rest.Address().Port, r == "anonymous" ? null : r, RestGate.Password));
        var text = new StringBuilder(Explanation);
        text.Append($"\n\n{"",-72}").AppendJoin(' ', Roles.Select(static r => $"{r.Replace("ignite_", "", StringComparison.Ordinal),-9}")).TrimEnd().Append('\n');
        foreach ((string line, string label, IgniteRestBody kind, string body) in Rows())
        {
            text.Append($"{label,-71} ");
            foreach (string role in Roles)
            {
                text.Append($"{await AskAsync(clients[role], line, kind, body),-9} ");
            }

            text.TrimEnd().Append('\n');
        }

        foreach (HttpClient client in clients.Values)
        {
            client.Dispose();
        }

        string path = Path.Combine(Repository.Root, "docs", "architecture", "ignite-rest-roles.txt");
        string actual = text.ToString();
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, actual);
        }

        actual.ShouldBe(File.Exists(path) ? await File.ReadAllTextAsync(path) : "", "what roles may differs from docs/architecture/ignite-rest-roles.txt");
    }

    private static IEnumerable<(string Line, string Label, IgniteRestBody Kind, string Body)> Rows()
    {
        foreach (CatalogueEndpoint endpoint in IgniteRestCatalogue.Routes.Endpoints)
        {
            IgniteRestBody kind = IgniteRestCatalogue.BodyOf(endpoint);
            string target = endpoint.Template.Replace("{id}", "orders", StringComparison.Ordinal).Replace("{version}", "1.0.0", StringComparison.Ordinal)
                .Replace("{job}", "0a1b2c3d-0000-4000-8000-0123456789ab", StringComparison.Ordinal).Replace("{zone}", "ORDERS", StringComparison.Ordinal)
                .Replace("{path}", "ignite.sql", StringComparison.Ordinal).Replace("{query}", "q-1", StringComparison.Ordinal).Replace("{transaction}", "t-1", StringComparison.Ordinal);
            string[] bodies = kind switch
            {
                IgniteRestBody.Json => ["{}"],
                IgniteRestBody.Configuration => [Sql, Security],
                IgniteRestBody.Initialization => ["{}", $$"""{"clusterConfiguration":"{{Sql}}"}""", $$"""{"clusterConfiguration":"{{Security}}"}"""],
                IgniteRestBody.Name => ["jvm"],
                IgniteRestBody.Unit => [Form],
                _ => [""],
            };
            string[] targets = endpoint.Template.Contains("{version}", StringComparison.Ordinal) ? [target, target.Replace("orders", "payments", StringComparison.Ordinal)] : [target];
            foreach (string method in endpoint.Methods.Where(static m => m is not "HEAD"))
            {
                foreach (string one in targets)
                {
                    foreach (string body in bodies)
                    {
                        string what = body.Contains(Security, StringComparison.Ordinal) ? " with security" : body.Contains(Sql, StringComparison.Ordinal) ? " with sql" : "";
                        yield return ($"{method} {one}", $"{method} {(one.EndsWith("/health", StringComparison.Ordinal) || one.Contains("/health/", StringComparison.Ordinal) ? one : one.Replace(RestGate.Root, "", StringComparison.Ordinal))}{what}", kind, body);
                    }
                }
            }
        }
    }

    private async Task<string> AskAsync(HttpClient client, string line, IgniteRestBody kind, string body)
    {
        rest.Node.Forget();
        string[] words = line.Split(' ');
        using var request = new HttpRequestMessage(new HttpMethod(words[0]), words[1]);
        if (kind != IgniteRestBody.None)
        {
            bool isZip = words[1].Contains("/zip/", StringComparison.Ordinal);
            request.Content = isZip ? new ByteArrayContent(RestForms.Of(("a.zip", RestForms.Zip(("a.txt", "a"))))) : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(kind switch
            {
                IgniteRestBody.Unit => isZip ? RestForms.ContentType : "multipart/form-data; boundary=b",
                IgniteRestBody.Json or IgniteRestBody.Initialization => "application/json",
                _ => "text/plain",
            });
        }

        using HttpResponseMessage answer = await client.SendAsync(request);
        int status = (int)answer.StatusCode;
        int reached = rest.Node.Requests.Count;
        bool isGates = (await answer.Content.ReadAsStringAsync()).Contains("\"GH", StringComparison.Ordinal);
        return !isGates && reached == 1 ? "allowed" : $"{status}{(reached > 0 ? "!" : "")}";
    }
}
