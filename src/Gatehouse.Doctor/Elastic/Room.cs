namespace Gatehouse.Doctor.Elastic;

/// <summary>
/// Doctor for Elasticsearch and OpenSearch, for the consoles (Kibana, OpenSearch Dashboards) and the shippers (Logstash, Beats) in front of
/// them. <c>Discovery</c> finds installations and makes subjects, <c>Nodes</c>, <c>Consoles</c> and <c>Shippers</c> are the rules by kind
/// of program, <c>Keystores</c> reads the nodes' stores of secrets. Rules read and never ask a port.
/// </summary>
internal static class Room;
